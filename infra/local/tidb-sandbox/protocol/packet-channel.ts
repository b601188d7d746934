import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';

/** PEM texts. */
export interface TlsIdentity {
  readonly key: string;
  readonly cert: string;
  /** TiDB's `ssl-ca`: a client certificate, if sent, must be issued by this CA. */
  readonly clientCa?: string;
  /** Like a TiDB started with `ssl-ca` and `require_secure_transport`. */
  readonly demandsClientCertificate?: boolean;
}

/** Maximum payload of one packet; a longer one continues in the next (MySQL protocol, 16 MiB packets). */
const MAX_PAYLOAD = 0xffffff;
const HEADER = 4;
/** Written packets are buffered up to this size. */
const FLUSH_AT = 64 * 1024;

function isIssuedBy(ca: string, certificate: X509Certificate): boolean {
  const authority = new X509Certificate(ca);
  return certificate.checkIssued(authority) && certificate.verify(authority.publicKey);
}

/** Packets to and from one client. It keeps reading while a statement runs, so that it notices at once when the client leaves. */
export class PacketChannel {
  #socket: Socket;
  /** Received bytes that do not yet form a packet. */
  #chunks: Buffer[] = [];
  #buffered = 0;
  /** Number of bytes to wait for: a header, or the packet that it announces. */
  #wanted = HEADER;
  /** Maximum-size payloads waiting for their continuation. */
  readonly #continued: Buffer[] = [];
  readonly #arrived: Buffer[] = [];
  #reader: ((payload: Buffer | undefined) => void) | undefined;
  #outgoing: Buffer[] = [];
  #outgoingLength = 0;
  #sequence = 0;
  #cipher = '';
  #hasClientCertificate = false;
  readonly #closed = new AbortController();

  constructor(socket: Socket) {
    this.#socket = socket;
    this.#listen(socket);
  }

  /** Aborted when the client has closed its end or the connection broke. */
  get closed(): AbortSignal {
    return this.#closed.signal;
  }

  /** The TLS version; empty on a plain connection. */
  get cipher(): string {
    return this.#cipher;
  }

  /** Whether the client has sent a certificate of the trusted CA. */
  get hasClientCertificate(): boolean {
    return this.#hasClientCertificate;
  }

  /** The next payload; `undefined` once the client has left. Its answer continues the packet's sequence number. */
  read(): Promise<Buffer | undefined> {
    const payload = this.#arrived.shift();
    if (payload || this.#closed.signal.aborted) return Promise.resolve(payload);
    return new Promise((resolve) => {
      this.#reader = resolve;
    });
  }

  write(payload: Buffer): void {
    let at = 0;
    do {
      const part = payload.subarray(at, at + MAX_PAYLOAD);
      const header = Buffer.allocUnsafe(HEADER);
      header.writeUIntLE(part.length, 0, 3);
      header.writeUInt8(this.#sequence, 3);
      this.#sequence = (this.#sequence + 1) & 0xff;
      this.#outgoing.push(header, part);
      this.#outgoingLength += HEADER + part.length;
      at += MAX_PAYLOAD;
      // A payload of exactly the maximum is followed by an empty packet.
    } while (at <= payload.length);
  }

  /** Whether enough is buffered for a `flush`. */
  get isFull(): boolean {
    return this.#outgoingLength >= FLUSH_AT;
  }

  /** Sends the buffer; waits while the client does not read. */
  async flush(): Promise<void> {
    if (this.#outgoing.length === 0 || this.#closed.signal.aborted) return;
    const bytes = Buffer.concat(this.#outgoing, this.#outgoingLength);
    this.#outgoing = [];
    this.#outgoingLength = 0;
    if (this.#socket.write(bytes)) return;
    await once(this.#socket, 'drain', { signal: this.#closed.signal }).catch((error: unknown) => {
      if (!this.#closed.signal.aborted) throw error;
    });
  }

  /**
   * Switches to TLS at the client's request. If a client certificate is required, a TLS alert says so. An untrusted one ends the
   * connection: Go sends an alert for that too, Node only closes.
   * @returns whether the client is still connected
   */
  async startTls({ key, cert, clientCa, demandsClientCertificate }: TlsIdentity): Promise<boolean> {
    const plain = this.#socket;
    plain.removeAllListeners('data');
    plain.pause();
    // Bytes that arrived with the request belong to TLS.
    if (this.#buffered > 0) plain.unshift(Buffer.concat(this.#chunks));
    this.#keep(Buffer.alloc(0));
    this.#wanted = HEADER;
    const options = { key, cert, ca: clientCa, requestCert: clientCa !== undefined };
    const secure = new TLSSocket(plain, {
      isServer: true,
      rejectUnauthorized: demandsClientCertificate === true,
      ...options,
    });
    this.#socket = secure;
    this.#listen(secure);
    try {
      await once(secure, 'secure', { signal: this.#closed.signal });
    } catch (error) {
      if (!this.#closed.signal.aborted) throw error;
      return false;
    }
    this.#cipher = secure.getCipher().standardName;
    const given = secure.getPeerX509Certificate();
    // A server-side TLSSocket without a `tls.Server` does not check by itself.
    this.#hasClientCertificate = given !== undefined && clientCa !== undefined && isIssuedBy(clientCa, given);
    const isWelcome = this.#hasClientCertificate || given === undefined;
    if (!isWelcome) this.destroy();
    return isWelcome;
  }

  /** Sends the buffer and ends the connection. */
  async end(): Promise<void> {
    await this.flush();
    this.#socket.end();
  }

  /** Breaks the connection without notice. */
  destroy(): void {
    this.#socket.destroy();
  }

  #listen(socket: Socket): void {
    socket.on('data', (chunk: Buffer) => this.#receive(chunk));
    socket.on('end', () => this.#close());
    socket.on('close', () => this.#close());
    // A reset is reported here, followed by 'close'.
    socket.on('error', () => this.#close());
  }

  /** Chunks are joined only once a whole packet is there: joining each would copy a long one again and again. */
  #receive(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#buffered += chunk.length;
    while (this.#buffered >= this.#wanted) {
      const bytes = Buffer.concat(this.#chunks, this.#buffered);
      const length = bytes.readUIntLE(0, 3);
      this.#keep(bytes);
      this.#wanted = HEADER + length;
      if (bytes.length < this.#wanted) return;
      this.#sequence = (bytes.readUInt8(3) + 1) & 0xff;
      this.#continued.push(bytes.subarray(HEADER, this.#wanted));
      this.#keep(bytes.subarray(this.#wanted));
      this.#wanted = HEADER;
      if (length < MAX_PAYLOAD) this.#deliver(Buffer.concat(this.#continued.splice(0)));
    }
  }

  #keep(rest: Buffer): void {
    this.#chunks = rest.length === 0 ? [] : [rest];
    this.#buffered = rest.length;
  }

  #deliver(payload: Buffer): void {
    const reader = this.#reader;
    this.#reader = undefined;
    if (reader) reader(payload);
    else this.#arrived.push(payload);
  }

  #close(): void {
    this.#closed.abort();
    this.#reader?.(undefined);
    this.#reader = undefined;
  }
}
