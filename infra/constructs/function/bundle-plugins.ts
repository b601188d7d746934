import { readFileSync } from 'node:fs';
import type { Plugin } from 'esbuild';

const NOTHING = 'module.exports=class{}';

/** Files of packages that no function uses, and what stands in their place. */
export const REPLACED: Readonly<Record<string, string>> = {
  // Names of MySQL's errors. The service goes by their numbers, and most of TiDB's are not among them.
  'mysql2/lib/constants/errors.js': 'module.exports={}',
  // A function has one connection at a time, …
  'mysql2/lib/create_pool.js': NOTHING,
  'mysql2/lib/create_pool_cluster.js': NOTHING,
  'mysql2/lib/pool_cluster.js': NOTHING,
  'mysql2/lib/promise/pool.js': NOTHING,
  'mysql2/lib/promise/pool_cluster.js': NOTHING,
  'mysql2/lib/promise/pool_connection.js': NOTHING,
  // … prepares no statement, is neither a server nor a replica, …
  'mysql2/lib/commands/binlog_dump.js': NOTHING,
  'mysql2/lib/commands/change_user.js': NOTHING,
  'mysql2/lib/commands/execute.js': NOTHING,
  'mysql2/lib/commands/prepare.js': NOTHING,
  'mysql2/lib/commands/register_slave.js': NOTHING,
  'mysql2/lib/commands/server_handshake.js': NOTHING,
  // … and reads rows without code made for them (`disableEval`).
  'mysql2/lib/parsers/text_parser.js': NOTHING,
};

const replaced: Plugin = {
  name: 'replaced',
  setup({ onLoad }) {
    onLoad({ filter: /[\\/]node_modules[\\/]mysql2[\\/]/ }, ({ path }) => {
      const [file = ''] = path.replaceAll('\\', '/').split('/node_modules/').slice(-1);
      return { contents: REPLACED[file] };
    });
  },
};

/**
 * The SDK's schemas have constants for keys (`{ [_hH]: … }`), which might have side effects as far as esbuild knows. With the keys
 * themselves it leaves out the schemas of all operations that no function calls.
 */
const shakenSchemas: Plugin = {
  name: 'shaken-schemas',
  setup({ onLoad }) {
    onLoad({ filter: /[\\/]client-[\w-]+[\\/]dist-es[\\/]schemas[\\/]schemas_0\.js$/ }, ({ path }) => {
      const text = readFileSync(path, 'utf8');
      const constants = new Map(
        [...text.matchAll(/^const (\w+) = (".*");$/gm)].map(([, name, value]) => [name, value]),
      );
      return { contents: text.replaceAll(/\[(\w+)\]:/g, (key, name) => `${constants.get(name) ?? key}:`) };
    });
  },
};

/** The OpenAPI document as text: no function needs what describes its routes. */
const openApi: Plugin = {
  name: 'openapi',
  setup({ onLoad }) {
    onLoad({ filter: /functions[\\/]api[\\/]openapi[\\/]this-api\.ts$/ }, async ({ path }) => {
      const { THIS_API } = await import(path);
      return { contents: `export const THIS_API = ${JSON.stringify(THIS_API)};` };
    });
  },
};

/** What makes a function's bundle smaller than its packages. */
export const BUNDLE_PLUGINS = [replaced, shakenSchemas, openApi];
