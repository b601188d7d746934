/** Many TiDB sandboxes in one process: `COUNT S3_ENDPOINT`. Prints their ports once all accept connections; ends with its standard input. */
import { createConnection } from 'mysql2/promise';
import { startTidbSandbox } from '../../../infra/local/tidb-sandbox/sandbox.ts';
import { tikvAccessKeyId } from '../../../infra/local/tikv-role.ts';

const [count = '', s3Endpoint = ''] = process.argv.slice(2);
const ports: number[] = [];
for (let n = 0; n < Number(count); n += 1) {
  const { host, port, user } = await startTidbSandbox({
    s3Endpoint,
    s3Credentials: { accessKeyId: tikvAccessKeyId('fleet'), secretAccessKey: 'local' },
  });
  const connection = await createConnection({ host, port, user });
  await connection.query('CREATE DATABASE shop');
  await connection.query('CREATE TABLE shop.orders (id INT PRIMARY KEY, note VARCHAR(20))');
  await connection.query("INSERT INTO shop.orders VALUES (1, 'first'), (2, 'second')");
  await connection.end();
  ports.push(port);
}
console.log(JSON.stringify(ports));
process.stdin.resume().on('end', () => process.exit());
