/** Numbers of the MySQL client/server protocol. Source: MySQL internals manual; pkg/parser/mysql/const.go of TiDB. */
export const capability = {
  longPassword: 1,
  foundRows: 1 << 1,
  longFlag: 1 << 2,
  connectWithDatabase: 1 << 3,
  protocol41: 1 << 9,
  interactive: 1 << 10,
  ssl: 1 << 11,
  transactions: 1 << 13,
  secureConnection: 1 << 15,
  multiStatements: 1 << 16,
  multiResults: 1 << 17,
  pluginAuth: 1 << 19,
  connectAttributes: 1 << 20,
  lengthEncodedAuth: 1 << 21,
  deprecateEof: 1 << 24,
} as const;

/** The sandbox's capabilities; with a certificate also `ssl`. TiDB's set without LOCAL INFILE and compression. */
export const serverCapabilities =
  capability.longPassword |
  capability.foundRows |
  capability.longFlag |
  capability.connectWithDatabase |
  capability.protocol41 |
  capability.interactive |
  capability.transactions |
  capability.secureConnection |
  capability.multiStatements |
  capability.multiResults |
  capability.pluginAuth |
  capability.connectAttributes |
  capability.lengthEncodedAuth |
  capability.deprecateEof;

export const command = {
  quit: 0x01,
  initDatabase: 0x02,
  query: 0x03,
  fieldList: 0x04,
  statistics: 0x09,
  ping: 0x0e,
  changeUser: 0x11,
  prepare: 0x16,
  execute: 0x17,
  sendLongData: 0x18,
  closeStatement: 0x19,
  resetStatement: 0x1a,
  setOption: 0x1b,
  resetConnection: 0x1f,
} as const;

export const serverStatus = {
  inTransaction: 1,
  autocommit: 2,
  moreResults: 8,
} as const;

export const columnFlag = {
  notNull: 1,
  primaryKey: 2,
  uniqueKey: 4,
  multipleKey: 8,
  blob: 16,
  unsigned: 32,
  binary: 128,
  enum: 256,
  autoIncrement: 512,
  timestamp: 1024,
  set: 2048,
} as const;

export const fieldType = {
  tiny: 1,
  short: 2,
  long: 3,
  float: 4,
  double: 5,
  null: 6,
  timestamp: 7,
  longlong: 8,
  int24: 9,
  date: 10,
  time: 11,
  datetime: 12,
  year: 13,
  varchar: 15,
  bit: 16,
  json: 0xf5,
  newDecimal: 0xf6,
  tinyBlob: 0xf9,
  mediumBlob: 0xfa,
  longBlob: 0xfb,
  blob: 0xfc,
  varString: 0xfd,
  string: 0xfe,
} as const;

/** utf8mb4_bin, TiDB's default. */
export const UTF8MB4_BIN = 46;
/** The "collation" of bytes and numbers. */
export const BINARY = 63;
export const NATIVE_PASSWORD = 'mysql_native_password';
export const SHA2_PASSWORD = 'caching_sha2_password';
