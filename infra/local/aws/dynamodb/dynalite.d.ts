declare module 'dynalite' {
  import type { Server } from 'node:http';

  /** @param options times in milliseconds that tables spend in CREATING, UPDATING and DELETING */
  export default function dynalite(options?: {
    createTableMs?: number;
    updateTableMs?: number;
    deleteTableMs?: number;
  }): Server;
}
