import { COMMAND_ROUTES } from '../routes/command-routes.ts';
import { QUERY_ROUTES } from '../routes/query-routes.ts';
import { openApiDocument } from './document.ts';

/** Both functions' routes. */
export const ALL_ROUTES = { ...QUERY_ROUTES, ...COMMAND_ROUTES };

/** Built on first use. */
export const THIS_API = openApiDocument(ALL_ROUTES);
