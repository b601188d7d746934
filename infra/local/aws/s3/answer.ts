import type { AwsError } from '../aws-error.ts';
import { type XmlChild, xmlDocument } from './xml.ts';

/** The answer to a request that bypasses fauxqs. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
}

export function xmlAnswer(root: string, children: readonly XmlChild[]): Answer {
  return documentAnswer(xmlDocument(root, children));
}

export function documentAnswer(body: string, status = 200): Answer {
  return { status, headers: { 'content-type': 'application/xml' }, body };
}

export function errorAnswer({ status, name, message }: AwsError): Answer {
  const children = [
    ['Code', name],
    ['Message', message],
  ] as const;
  return documentAnswer(xmlDocument('Error', children), status);
}
