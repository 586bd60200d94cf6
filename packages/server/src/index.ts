export type { Database, Row, SetName, Sql, Topic, Transaction } from './database/database.ts';
