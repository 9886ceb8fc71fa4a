/** An element: its content is text, or more elements; an array is the element several times. */
export type XmlContent = string | number | boolean | XmlElement;
export interface XmlElement {
  readonly [name: string]: XmlContent | readonly XmlContent[] | undefined;
}

/** A document; elements whose content is undefined are left out. */
export function renderXml(root: string, content: XmlElement): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n${render(root, content)}`;
}

function render(name: string, content: XmlContent): string {
  return `<${name}>${typeof content === 'object' ? renderAll(content) : escapeText(String(content))}</${name}>`;
}

function renderAll(content: XmlElement): string {
  return Object.entries(content)
    .flatMap(([name, value]) => {
      if (value === undefined) return [];
      const all = Array.isArray(value) ? (value as readonly XmlContent[]) : [value as XmlContent];
      return all.map((each) => render(name, each));
    })
    .join('');
}

function escapeText(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}

/** Content of the first element of that name, unescaped; undefined when there is none. */
export function textOf(xml: string, name: string): string | undefined {
  const match = new RegExp(`<${name}>([^<]*)</${name}>`).exec(xml);
  return match?.[1]
    ?.replaceAll('&quot;', '"')
    .replaceAll('&#34;', '"')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&');
}
