import { Ec2Error } from './ec2-answer.ts';

/** The flat parameters of a request: `TagSpecification.1.Tag.2.Key`. */
export class Ec2Parameters {
  private readonly form: URLSearchParams;

  constructor(body: string) {
    this.form = new URLSearchParams(body);
  }

  find(name: string): string | null {
    return this.form.get(name);
  }

  get(name: string): string {
    const value = this.form.get(name);
    if (value !== null && value !== '') return value;
    throw new Ec2Error(400, 'MissingParameter', `The request must contain the parameter ${name}`);
  }

  /** `SnapshotId.1`, `SnapshotId.2`, ... */
  list(name: string): readonly string[] {
    const values: string[] = [];
    for (let index = 1; this.form.has(`${name}.${index}`); index += 1)
      values.push(this.form.get(`${name}.${index}`) ?? '');
    return values;
  }

  /** `Tag.1.Key` and `Tag.1.Value`, ... below a prefix. */
  tags(prefix: string): Map<string, string> {
    const tags = new Map<string, string>();
    for (let index = 1; this.form.has(`${prefix}.${index}.Key`); index += 1)
      tags.set(
        this.form.get(`${prefix}.${index}.Key`) ?? '',
        this.form.get(`${prefix}.${index}.Value`) ?? '',
      );
    return tags;
  }

  /** Tags for one type of resource. */
  tagsFor(resourceType: string): Map<string, string> {
    for (let index = 1; this.form.has(`TagSpecification.${index}.ResourceType`); index += 1) {
      if (this.form.get(`TagSpecification.${index}.ResourceType`) === resourceType)
        return this.tags(`TagSpecification.${index}.Tag`);
    }
    return new Map();
  }

  /** Everything but what differs from one signed request to the next. */
  fingerprint(): string {
    return [...this.form.entries()]
      .map(([name, value]) => `${name}=${value}`)
      .sort()
      .join('&');
  }
}
