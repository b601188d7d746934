import { expect, it } from 'vitest';
import { startLocalCloud } from '../../../infra/local/local-cloud.ts';
import { runLoad } from '../../bench/load/run.ts';
import { synthesizedApp } from '../support/synthesized-app.ts';

/** `npm run load` does the same with 200 clusters and 100 clients. */
const SIZE = { clusters: 6, clients: 8, seconds: 3, thinkMs: 200 };

it(`${SIZE.clusters} clusters are backed up at once while ${SIZE.clients} clients send all kinds of requests: nothing is lost, doubled or wrong`, {
  timeout: 300_000,
}, async () => {
  const template = await synthesizedApp();

  const { recorder, atOnce, broken } = await runLoad(SIZE, (options) => startLocalCloud({ ...options, template }));

  expect(atOnce).toBe(SIZE.clusters);
  expect(broken).toEqual([]);
  expect(recorder.wrong).toEqual([]);
  expect(Object.fromEntries(recorder.errors)).toEqual({});
});
