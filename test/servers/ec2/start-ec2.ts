import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { Ec2Error, renderAnswer, renderError, type Xml } from './ec2-answer.ts';
import { type Ec2Fault, happensAfter, strike } from './ec2-fault.ts';
import { Ec2Parameters } from './ec2-parameters.ts';
import { Ec2World } from './ec2-world.ts';
import {
  createTags,
  deleteSnapshot,
  deregisterImage,
  describeImages,
  describeSnapshots,
  registerImage,
} from './image-actions.ts';
import { describeImports, type HasObject, importSnapshot } from './import-actions.ts';

export interface Ec2Server {
  readonly url: string;
  /** The only credentials it knows. */
  readonly accessKeyId: string;
  readonly world: Ec2World;
  /** Actions in order of arrival. */
  readonly requests: readonly string[];
  /** The next request of that action (or any, with `*`) meets the fault; several wait their turn. */
  fail(action: string, fault: Ec2Fault): void;
  /** The request of that number, from 1, meets the fault. */
  failAt(number: number, fault: Ec2Fault): void;
  /** Called for each request before it is carried out. */
  onRequest: ((action: string) => void) | null;
  close(): Promise<void>;
}

/** A request signed longer ago, or further ahead, is refused. */
const SKEW_MS = 5 * 60_000;

/** An EC2 of one account: the Query protocol, imports that move on when looked at, names that are taken once. */
export async function startEc2(options: { readonly hasObject: HasObject }): Promise<Ec2Server> {
  const world = new Ec2World();
  const requests: string[] = [];
  const faults: { readonly action: string; readonly fault: Ec2Fault }[] = [];
  const numbered = new Map<number, Ec2Fault>();
  const accessKeyId = 'AKIAEXAMPLE000000001';

  const carryOut = async (action: string, parameters: Ec2Parameters): Promise<Xml> => {
    switch (action) {
      case 'ImportSnapshot':
        return importSnapshot(world, parameters, options.hasObject);
      case 'DescribeImportSnapshotTasks':
        return describeImports(world, parameters, options.hasObject);
      case 'DescribeSnapshots':
        return describeSnapshots(world, parameters);
      case 'RegisterImage':
        return registerImage(world, parameters);
      case 'DescribeImages':
        return describeImages(world, parameters);
      case 'DeregisterImage':
        return deregisterImage(world, parameters);
      case 'DeleteSnapshot':
        return deleteSnapshot(world, parameters);
      case 'CreateTags':
        return createTags(world, parameters);
      default:
        throw new Ec2Error(400, 'InvalidAction', `The action ${action} is not valid for this web service.`);
    }
  };

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const parameters = new Ec2Parameters(await readBody(request));
    const action = parameters.find('Action') ?? '';
    requests.push(action);
    handle.onRequest?.(action);
    const index = faults.findIndex((each) => each.action === action || each.action === '*');
    const fault =
      numbered.get(requests.length) ?? (index < 0 ? undefined : faults.splice(index, 1)[0]?.fault);
    if (fault !== undefined && !happensAfter(fault)) return strike(fault, response, '');
    let status = 200;
    let text: string;
    try {
      checkCaller(request, accessKeyId, world);
      if (world.denied.has(action)) throw denied(action);
      text = renderAnswer(action, await carryOut(action, parameters));
    } catch (error) {
      if (!(error instanceof Ec2Error)) throw error;
      status = error.status;
      text = renderError(error);
    }
    if (fault !== undefined) return strike(fault, response, text);
    response.writeHead(status, {
      'content-type': 'text/xml;charset=UTF-8',
      date: new Date(Date.now() + world.clockAheadMs).toUTCString(),
    });
    response.end(text);
  };

  const server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => response.destroy(error as Error));
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const handle: Ec2Server = {
    url: `http://127.0.0.1:${port}`,
    accessKeyId,
    world,
    requests,
    fail: (action, fault) => void faults.push({ action, fault }),
    failAt: (number, fault) => void numbered.set(number, fault),
    onRequest: null,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
  return handle;
}

function checkCaller(request: IncomingMessage, accessKeyId: string, world: Ec2World): void {
  const authorization = request.headers.authorization ?? '';
  if (!authorization.startsWith('AWS4-HMAC-SHA256 '))
    throw new Ec2Error(401, 'AuthFailure', 'Authentication Failed: the request is not signed');
  if (!authorization.includes(`Credential=${accessKeyId}/`) || !authorization.includes('/ec2/aws4_request'))
    throw new Ec2Error(401, 'AuthFailure', 'AWS was not able to validate the provided access credentials');
  const said = String(request.headers['x-amz-date'] ?? '');
  const sentAt = Date.parse(said.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z'));
  if (Math.abs(Date.now() + world.clockAheadMs - sentAt) > SKEW_MS)
    throw new Ec2Error(400, 'RequestExpired', 'Request has expired.');
}

function denied(action: string): Ec2Error {
  return new Ec2Error(
    403,
    'UnauthorizedOperation',
    `You are not authorized to perform this operation. User: arn:aws:iam::123456789012:user/ci is not authorized to perform: ec2:${action}`,
  );
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}
