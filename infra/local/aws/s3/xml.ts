/** A child of an XML element: its name with text or children. */
export type XmlChild = readonly [name: string, content: string | number | boolean | readonly XmlChild[]];

const ESCAPES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

/** An S3 document. Control characters, which XML cannot hold, become character references, as in S3. */
export function xmlDocument(root: string, children: readonly XmlChild[]): string {
  const namespace = root === 'Error' ? '' : ' xmlns="http://s3.amazonaws.com/doc/2006-03-01/"';
  return `<?xml version="1.0" encoding="UTF-8"?>\n<${root}${namespace}>${children.map(element).join('')}</${root}>`;
}

function element([name, content]: XmlChild): string {
  const inner = Array.isArray(content) ? content.map(element).join('') : escaped(String(content));
  return `<${name}>${inner}</${name}>`;
}

function escaped(text: string): string {
  return text
    .replaceAll(/[&<>"]/g, (character) => ESCAPES[character] ?? character)
    .replaceAll(/\p{Cc}/gu, (character) => `&#x${character.charCodeAt(0).toString(16)};`);
}

/** The texts of all elements with that name, at any depth. Such elements must not contain each other. */
export function textsOf(xml: string, name: string): string[] {
  return [...xml.matchAll(new RegExp(`<${name}>([\\s\\S]*?)</${name}>`, 'g'))].map(([, text = '']) => text);
}

const CHARACTERS = new Map(
  Object.entries({ ...ESCAPES, "'": '&apos;' }).map(([character, entity]) => [entity, character]),
);

export function unescaped(text: string): string {
  return text
    .replaceAll(/&#(x?)([\da-f]+);/gi, (_match, hex: string, digits: string) =>
      String.fromCodePoint(Number.parseInt(digits, hex === '' ? 10 : 16)),
    )
    .replaceAll(/&\w+;/g, (entity) => CHARACTERS.get(entity) ?? entity);
}
