declare module 'dynalite' {
  import type { Server } from 'node:http';

  /** @param options how long tables stay in CREATING, UPDATING and DELETING, in milliseconds */
  export default function dynalite(options?: {
    createTableMs?: number;
    updateTableMs?: number;
    deleteTableMs?: number;
  }): Server;
}
