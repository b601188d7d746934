import type { Answer, AnsweredFile } from './route.ts';

/** A file, and where the next page of its list starts. */
export type FileAnswer = AnsweredFile & { nextPageToken: string | undefined };

export function fileOf({ file, page }: Answer<unknown>): FileAnswer | undefined {
  return file && { ...file, nextPageToken: page?.nextPageToken };
}

/** Headers of every file; the last two only if there is a next page. */
export const FILE_HEADERS = {
  'content-disposition': 'Suggested file name',
  link: 'The next page (`rel="next"`), relative to this one (RFC 8288); omitted on the last page',
  'x-next-page-token': 'Send it as `pageToken` to get the next page; omitted on the last page',
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
