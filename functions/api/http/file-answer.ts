import type { Answer, AnsweredFile } from './route.ts';

/** A file, and where the list that it is a page of goes on. */
export type FileAnswer = AnsweredFile & { nextPageToken: string | undefined };

export function fileOf({ file, page }: Answer<unknown>): FileAnswer | undefined {
  return file && { ...file, nextPageToken: page?.nextPageToken };
}

/** Of every answered file; the last two of a page that is not the last one. */
export const FILE_HEADERS = {
  'content-disposition': 'What to save the file as',
  link: 'The next page (`rel="next"`), relative to this one (RFC 8288); absent on the last page',
  'x-next-page-token': 'Sent as `pageToken`, it is answered with the next page; absent on the last page',
} as const;

/** @param query of the request */
export function fileHeaders(
  { type, name, nextPageToken }: FileAnswer,
  query: Readonly<Record<string, string>>,
): Partial<Record<keyof typeof FILE_HEADERS | 'content-type', string>> {
  return {
    'content-type': type,
    'content-disposition': `attachment; filename="${name}"`,
    ...(nextPageToken !== undefined && {
      link: `<?${new URLSearchParams({ ...query, pageToken: nextPageToken })}>; rel="next"`,
      'x-next-page-token': nextPageToken,
    }),
  };
}
