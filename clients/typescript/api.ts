/** Generated from the OpenAPI document by `npm run client-types`. Do not edit. */

export interface paths {
    "/clusters": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The registered clusters, newest first
         * @description The registered clusters, newest first. Needs the scope `backup:read`.
         */
        get: operations["listClusters"];
        /**
         * Register a TiDB cluster, and start a check of it
         * @description Register a TiDB cluster, and start a check of it. With `plan=true` it returns what it would do, without changing anything. Needs the scope `backup:admin`.
         */
        post: operations["registerCluster"];
    };
    "/clusters/{clusterId}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * A registered cluster, the operation that holds it, and the result of its last check
         * @description A registered cluster, the operation that holds it, and the result of its last check. Needs the scope `backup:read`.
         */
        get: operations["getCluster"];
        /**
         * Replace the registration of a cluster; account and TLS settings stay if omitted
         * @description Replace the registration of a cluster; account and TLS settings stay if omitted. With `plan=true` it returns what it would do, without changing anything. Needs the scope `backup:admin`.
         */
        put: operations["updateCluster"];
        /**
         * Remove a cluster; its backups stay unless they are to be deleted too
         * @description Remove a cluster; its backups stay unless they are to be deleted too. With `plan=true` it returns what it would do, without changing anything. Needs the scope `backup:admin`.
         */
        delete: operations["removeCluster"];
    };
    "/clusters/{clusterId}/strategy": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The auto-backup strategy of a cluster
         * @description The auto-backup strategy of a cluster. Needs the scope `backup:read`.
         */
        get: operations["getStrategy"];
        /**
         * Create or replace the auto-backup strategy of a cluster
         * @description Create or replace the auto-backup strategy of a cluster. With `plan=true` it returns what it would do, without changing anything. Needs the scope `backup:write`.
         */
        put: operations["saveStrategy"];
        /**
         * Delete the auto-backup strategy of a cluster; succeeds if there is none
         * @description Delete the auto-backup strategy of a cluster; succeeds if there is none. With `plan=true` it returns what it would do, without changing anything. Needs the scope `backup:write`.
         */
        delete: operations["deleteStrategy"];
    };
    "/clusters/{clusterId}/retention/preview": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What a cluster's retention, or a proposed rule, would remove and keep now, and why
         * @description What a cluster's retention, or a proposed rule, would remove and keep now, and why. Needs the scope `backup:read`.
         */
        get: operations["previewRetention"];
    };
    "/clusters/{clusterId}/evidence": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Evidence for a cluster's backups in a time range, for auditors, with the missed windows; newest first
         * @description Evidence for a cluster's backups in a time range, for auditors, with the missed windows; newest first. Needs the scope `backup:read`.
         */
        get: operations["getClusterEvidence"];
    };
    "/clusters/{clusterId}/history": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * A cluster's backups and missed windows in a time range, for charts and timelines; newest first
         * @description A cluster's backups and missed windows in a time range, for charts and timelines; newest first. Needs the scope `backup:read`.
         */
        get: operations["getClusterHistory"];
    };
    "/overview": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The state of each cluster: its newest backups against their limits, the running operation, the next window
         * @description The state of each cluster: its newest backups against their limits, the running operation, the next window. Needs the scope `backup:read`.
         */
        get: operations["getOverview"];
    };
    "/backups": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Backup records, newest first
         * @description Backup records, newest first. Needs the scope `backup:read`.
         */
        get: operations["listBackups"];
        /**
         * Start a backup now
         * @description Start a backup now. With `plan=true` it returns what it would do, without changing anything. Needs the scope `backup:write`.
         */
        post: operations["startBackup"];
        /**
         * Delete the backup records of a cluster and their files, except those in use and their bases
         * @description Delete the backup records of a cluster and their files, except those in use and their bases. With `plan=true` it returns what it would do, without changing anything. Needs the scope `backup:write`.
         */
        delete: operations["deleteBackups"];
    };
    "/backups/{backupId}/evidence": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Evidence for a backup, for auditors: what was backed up when, its chain, location, lock and last drill
         * @description Evidence for a backup, for auditors: what was backed up when, its chain, location, lock and last drill. Needs the scope `backup:read`.
         */
        get: operations["getBackupEvidence"];
    };
    "/workflow": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Workflows, newest first
         * @description Workflows, newest first. Needs the scope `backup:read`.
         */
        get: operations["listWorkflows"];
    };
    "/workflow/{workFlowId}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * A workflow, and the runs of its nodes
         * @description A workflow, and the runs of its nodes. Needs the scope `backup:read`.
         */
        get: operations["getWorkflow"];
    };
    "/workflow/{workFlowId}/import": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The results of an import or its plan: each folder, and its outcome
         * @description The results of an import or its plan: each folder, and its outcome. Needs the scope `backup:read`.
         */
        get: operations["getImport"];
    };
    "/config": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * One key of the system configuration, and the result of the last check of the store
         * @description One key of the system configuration, and the result of the last check of the store. Needs the scope `backup:read`.
         */
        get: operations["getConfig"];
    };
    "/config/all": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Every key of the system configuration, and what the last check of the store found
         * @description Every key of the system configuration, and what the last check of the store found. Needs the scope `backup:read`.
         */
        get: operations["listConfig"];
    };
    "/openapi.json": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * This description
         * @description This description. Needs the scope `backup:read`.
         */
        get: operations["getOpenApiDocument"];
    };
    "/clusters/restore": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Restore a finished backup into a new cluster: a running, empty one, or one that the provisioner creates
         * @description Restore a finished backup into a new cluster: a running, empty one, or one that the provisioner creates. With `plan=true` it returns what it would do, without changing anything. Needs the scope `backup:restore`.
         */
        post: operations["restoreIntoNewCluster"];
    };
    "/clusters/{clusterId}/restore": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Restore a finished backup into this cluster
         * @description Restore a finished backup into this cluster. With `plan=true` it returns what it would do, without changing anything. Needs the scope `backup:restore`.
         */
        post: operations["restoreIntoCluster"];
    };
    "/clusters/{clusterId}/check": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Check everything that backups and restores of the cluster need: endpoints, account, versions, clocks, store. The result appears in the cluster. With scratch, also back up and restore a temporary database
         * @description Check everything that backups and restores of the cluster need: endpoints, account, versions, clocks, store. The result appears in the cluster. With scratch, also back up and restore a temporary database. With `plan=true` it returns what it would do, without changing anything. Needs the scope `backup:write`.
         */
        post: operations["checkCluster"];
    };
    "/backups/cancel": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Cancel a running backup
         * @description Cancel a running backup. With `plan=true` it returns what it would do, without changing anything. Needs the scope `backup:write`.
         */
        post: operations["cancelBackup"];
    };
    "/backups/import": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Create the records of backups that have none, from their files; or only plan to
         * @description Create the records of backups that have none, from their files; or only plan to. Needs the scope `backup:admin`.
         */
        post: operations["importBackups"];
    };
    "/backups/{backupId}/drill": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Restore a finished backup into a throwaway cluster, compare it with its checksums, and keep the evidence
         * @description Restore a finished backup into a throwaway cluster, compare it with its checksums, and keep the evidence. With `plan=true` it returns what it would do, without changing anything. Needs the scope `backup:restore`.
         */
        post: operations["drillBackup"];
    };
    "/backups/{backupId}/undelete": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Recover the files of a finished backup that somebody else deleted or overwrote, from the versions that its bucket keeps, and prove that it is complete
         * @description Recover the files of a finished backup that somebody else deleted or overwrote, from the versions that its bucket keeps, and prove that it is complete. With `plan=true` it returns what it would do, without changing anything. Needs the scope `backup:write`.
         */
        post: operations["undeleteBackup"];
    };
    "/backups/{backupId}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Delete a backup record and its files, once they are unlocked. With force, also delete the incremental backups that build on it
         * @description Delete a backup record and its files, once they are unlocked. With force, also delete the incremental backups that build on it. With `plan=true` it returns what it would do, without changing anything. Needs the scope `backup:write`.
         */
        delete: operations["deleteBackup"];
    };
    "/config/update": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Change one key of the system configuration
         * @description Change one key of the system configuration. With `plan=true` it returns what it would do, without changing anything. Needs the scope `backup:admin`.
         */
        post: operations["updateConfig"];
    };
    "/config/check": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Check the configured store, as the service itself reaches it. The result appears in the configuration
         * @description Check the configured store, as the service itself reaches it. The result appears in the configuration. With `plan=true` it returns what it would do, without changing anything. Needs the scope `backup:write`.
         */
        post: operations["checkConfig"];
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        Failure: {
            /** @description TiEM's number of the error */
            code: number;
            /** @description What was wrong, and what would be right */
            message: string;
            data: Record<string, never>;
        };
        /** @description API Gateway's own error */
        GatewayRefusal: {
            /** @description API Gateway's message */
            message: string;
        };
        Page: {
            page: number;
            pageSize: number;
            /** @description Number of matches on all pages; of backups and workflows, it is up to 10 seconds old if there are more than 500 */
            total: number;
            /** @description Send it as `pageToken` to get the next page; records added or removed meanwhile cause no repetitions or gaps. Omitted on the last page */
            nextPageToken?: string;
        };
        UncountedPage: {
            page: number;
            pageSize: number;
            /** @description Send it as `pageToken` to get the next page; records added or removed meanwhile cause no repetitions or gaps. Omitted on the last page */
            nextPageToken?: string;
        };
        Cluster: {
            clusterId: string;
            clusterName: string;
            endpoints: string[];
            account: {
                secretArn: string;
            } | {
                user: string;
            };
            /** @enum {string} */
            tls: "disabled" | "preferred" | "required" | "verify";
            /** @description Certificates for TLS: the authorities trusted to sign the certificate of TiDB, and the client certificate; omitted if there are none */
            readonly certificates?: {
                ca?: {
                    secretArn: string;
                } | {
                    subject: string;
                    /**
                     * Format: date-time
                     * @description Time of this answer
                     */
                    validTo: string;
                };
                client?: {
                    secretArn: string;
                } | {
                    subject: string;
                    /**
                     * Format: date-time
                     * @description Time of this answer
                     */
                    validTo: string;
                };
            };
            timezone: string;
            /**
             * @description Where its backups, and restores into it, run; if omitted, chosen from the estimated duration
             * @enum {string}
             */
            executor?: "lambda" | "fargate";
            /**
             * @description As returned by `GET`; ignored in a request
             * @constant
             */
            readonly status: "Running";
            /** @description PD's cluster id of the TiDB that its newest backup was taken from. Backups of another TiDB do not count for its retention, chains, drills and ages; backups that do not name theirs count from `since` on. `formerClusterId` is the TiDB that it led to before. Omitted until a backup has finished */
            readonly tidb?: {
                clusterId: string;
                /** Format: date-time */
                since: string;
                formerClusterId?: string;
            };
            /** @description As returned by `GET`; ignored in a request */
            readonly maintenanceStatus: "" | ("BackUp" | "Restore" | "Deleting");
            /** @description The backup or workflow that holds it; omitted if nothing does */
            readonly operationId?: string;
            /**
             * Format: date-time
             * @description Since when it holds the cluster
             */
            readonly maintenanceSince?: string;
            /**
             * Format: date-time
             * @description Time of this answer
             */
            readonly createTime: string;
            /**
             * Format: date-time
             * @description Time of this answer
             */
            readonly updateTime: string;
        };
        ClusterDetail: {
            clusterId: string;
            clusterName: string;
            endpoints: string[];
            account: {
                secretArn: string;
            } | {
                user: string;
            };
            /** @enum {string} */
            tls: "disabled" | "preferred" | "required" | "verify";
            /** @description Certificates for TLS: the authorities trusted to sign the certificate of TiDB, and the client certificate; omitted if there are none */
            readonly certificates?: {
                ca?: {
                    secretArn: string;
                } | {
                    subject: string;
                    /**
                     * Format: date-time
                     * @description Time of this answer
                     */
                    validTo: string;
                };
                client?: {
                    secretArn: string;
                } | {
                    subject: string;
                    /**
                     * Format: date-time
                     * @description Time of this answer
                     */
                    validTo: string;
                };
            };
            timezone: string;
            /**
             * @description Where its backups, and restores into it, run; if omitted, chosen from the estimated duration
             * @enum {string}
             */
            executor?: "lambda" | "fargate";
            /**
             * @description As returned by `GET`; ignored in a request
             * @constant
             */
            readonly status: "Running";
            /** @description PD's cluster id of the TiDB that its newest backup was taken from. Backups of another TiDB do not count for its retention, chains, drills and ages; backups that do not name theirs count from `since` on. `formerClusterId` is the TiDB that it led to before. Omitted until a backup has finished */
            readonly tidb?: {
                clusterId: string;
                /** Format: date-time */
                since: string;
                formerClusterId?: string;
            };
            /** @description As returned by `GET`; ignored in a request */
            readonly maintenanceStatus: "" | ("BackUp" | "Restore" | "Deleting");
            /** @description The backup or workflow that holds it; omitted if nothing does */
            readonly operationId?: string;
            /**
             * Format: date-time
             * @description Since when it holds the cluster
             */
            readonly maintenanceSince?: string;
            /**
             * Format: date-time
             * @description Time of this answer
             */
            readonly createTime: string;
            /**
             * Format: date-time
             * @description Time of this answer
             */
            readonly updateTime: string;
            /** @description The result of the last check; omitted if none has ended yet */
            readonly check?: components["schemas"]["CheckResult"];
        };
        CheckResult: {
            workFlowId: string;
            /**
             * @description The worst of its findings
             * @enum {string}
             */
            status: "passed" | "warning" | "failed";
            /** Format: date-time */
            startTime: string;
            /** Format: date-time */
            endTime: string;
            findings: components["schemas"]["Finding"][];
        };
        Finding: {
            /** @enum {string} */
            check: "account" | "endpoint" | "tls" | "version" | "privilege" | "clock" | "gcLifeTime" | "storePath" | "storeReach" | "storeLock" | "storeWrite" | "storeRead" | "storeDelete" | "scratchBackup" | "scratchRestore" | "scratchCleanup";
            /** @description The endpoint, privilege or path, if the check covers several */
            subject?: string;
            /**
             * @description `failed`: backups or restores will fail; `warning`: they work, but something should be changed; `skipped`: not checked, because it could not or need not be
             * @enum {string}
             */
            status: "passed" | "skipped" | "warning" | "failed";
            /** @description What was found */
            message: string;
            /** @description What to do about it */
            remedy?: string;
        };
        BackupStrategy: {
            /** @description As returned by `GET`; ignored in a request */
            readonly clusterId: string;
            backupDate: string;
            period: string;
            timezone: string;
            paused: boolean;
            /** @description Days of `backupDate` on which the backup is full; on the others it is incremental. If empty or omitted, always full */
            fullBackupDate?: string;
            /** @description Whether to take a full backup if TiDB no longer knows the changes since the last one; otherwise the backup fails */
            fallbackToFull?: boolean;
            /** @description What is backed up; defaults to the whole cluster */
            scope?: components["schemas"]["Scope"];
            /** @description Raises an alarm if the newest finished backup, automatic or not, is older, even while the strategy is paused; omit for no alarm */
            maxBackupAgeHours?: number;
            /** @description Which of the automatic backups stay; defaults to all of them */
            retention?: {
                /** @description Keep this many of the newest automatic backups */
                keepLast?: number;
                /** @description Keep the newest backup of each of this many latest days with backups */
                keepDaily?: number;
                /** @description Keep the newest backup of each of this many latest ISO weeks with backups */
                keepWeekly?: number;
                /** @description Keep the newest backup of each of this many latest months with backups */
                keepMonthly?: number;
                /** @description Keep the newest backup of each of this many latest years with backups */
                keepYearly?: number;
                /** @description Remove backups that are older, even if another field keeps them; without other fields, keep all younger ones */
                maxAgeDays?: number;
            };
            /** @description Weekdays after whose windows the newest finished backup is drilled; omit for no automatic drills */
            drill?: {
                backupDate: string;
                /** @description Queries that a restored backup must satisfy: each returns one row whose first column is true */
                assertions?: string[];
                /** @description Passed to the provisioner as they are: size, version, zone, … They appear in the workflow's detail, so they must not hold secrets */
                parameters?: {
                    [key: string]: unknown;
                };
                /**
                 * @description Where it restores and compares; by default, chosen from the estimated duration
                 * @enum {string}
                 */
                executor?: "lambda" | "fargate";
                /**
                 * @description `copy` reads the second copy of the files, even without the first bucket; default `original`
                 * @enum {string}
                 */
                source?: "original" | "copy";
            };
            /** @description Raises an alarm if the newest backup that a drill has verified is older, even while the strategy is paused; omit for no alarm */
            maxVerifiedAgeHours?: number;
            /** @description As returned by `GET`; ignored in a request */
            readonly nextRuns: string[];
            /** @description The last window in which no backup was started, and why */
            readonly lastMissed?: {
                /** Format: date-time */
                start: string;
                /** Format: date-time */
                end: string;
                reason: string;
            };
            /** @description The last open window that a change of the strategy ended before a backup was started */
            readonly lastCanceled?: {
                /** Format: date-time */
                start: string;
                /** Format: date-time */
                end: string;
                reason: string;
            };
        };
        /** @description Whole databases, or single tables as SQL writes them: backticks around a name that holds a dot, a backtick or a blank. Defaults to everything */
        Scope: {
            databases: string[];
            tables?: unknown;
        } | {
            databases?: unknown;
            tables: string[];
        };
        RetentionDecision: {
            backupId: string;
            /** @enum {string} */
            backupType: "full" | "incr";
            /** @enum {string} */
            backupMode: "manual" | "auto";
            /** @enum {string} */
            status: "Initializing" | "Processing" | "Finished" | "Failed" | "Canceled";
            /**
             * Format: date-time
             * @description Time of this answer
             */
            createTime: string;
            sizeBytes: string;
            /** @enum {string} */
            action: "keep" | "remove";
            /** @description For people; the wording may change */
            reasons: string[];
        };
        BackupEvidence: {
            backupId: string;
            clusterId: string;
            /** @enum {string} */
            status: "Initializing" | "Processing" | "Finished" | "Failed" | "Canceled" | "Deleting";
            /** @enum {string} */
            backupType: "full" | "incr";
            /** @enum {string} */
            backupMode: "manual" | "auto";
            /** @description What was backed up; omitted for the whole cluster */
            scope?: components["schemas"]["Scope"];
            /**
             * Format: date-time
             * @description Time of this answer
             */
            createTime: string;
            /**
             * Format: date-time
             * @description When its first attempt began; omitted if none has
             */
            startTime?: string;
            /**
             * Format: date-time
             * @description When it ended; omitted if it has not
             */
            endTime?: string;
            /** @description Its snapshot, in TiDB's own time; omitted if the backup has not finished */
            backupTso?: string;
            /** @description All backups that a restore needs, each with its snapshot, from the full one to this one */
            chain: {
                backupId: string;
                backupTso?: string;
            }[];
            /** @description Why `chain` does not start with a full backup; omitted if it does */
            chainIncomplete?: string;
            /** @description Omitted if the backup has not finished */
            sizeBytes?: string;
            /** @description Number of files; omitted if unknown */
            files?: number;
            /** @description Where its files are */
            location: string;
            /** @description Where the second copy is, or will be; omitted if there is none */
            copyPath?: string;
            /**
             * Format: date-time
             * @description When a listing of the second copy first had every file; omitted if none has yet
             */
            copiedAt?: string;
            /**
             * Format: date-time
             * @description Until when nobody can delete its files (S3 Object Lock); omitted if no lock is known
             */
            lockedUntil?: string;
            /**
             * Format: date-time
             * @description For a manual backup: when retention removes it; omitted if never. For an imported automatic one: when a rule may remove it at the earliest
             */
            expireAt?: string;
            /** @description Why retention removes it; omitted if it does not */
            deletionReason?: string;
            /** @description The TiDB release that took it; omitted if unknown */
            tidbVersion?: string;
            /** @description PD's cluster id of that TiDB; omitted if unknown */
            tidbClusterId?: string;
            /** @description Why it failed, or could not be deleted yet; omitted if it did not */
            error?: {
                code: number;
                message: string;
            };
            /** @description Its table checksums, which drills compare; omitted if none were requested */
            checksums?: {
                /** @description Tables with checksums */
                tables?: number;
                /**
                 * @description What is compared: the rows of the tables, or also the number of key-value pairs including indexes, which needs an account with SUPER
                 * @enum {string}
                 */
                comparison?: "rows" | "rowsAndKeyValues";
                /** @description Tables, views and sequences that could not be read, so that no drill compares them */
                unreadable?: number;
                /** @description The first of them, each with the reason */
                unreadableExamples?: string[];
                /** @description Why there are no checksums */
                missing?: string;
            };
            /**
             * Format: date-time
             * @description When a drill last verified the backup; omitted if none has, or if a later one failed
             */
            verifiedAt?: string;
            /** @description How long that drill took, from the start of the restore to the last comparison and assertion */
            recoverySeconds?: number;
            /** @description Why the latest drill reached no verdict (the throwaway cluster could not be created or reached, the store rejected the keys, …). It says nothing about the backup, so evidence and verifiedAt stay. Omitted if the drill reached a verdict */
            lastFailure?: {
                workFlowId: string;
                /**
                 * Format: date-time
                 * @description When it failed
                 */
                time: string;
                reason: string;
            };
            /** @description The last drill that reached a verdict, and what it compared; omitted if none has */
            drill?: {
                workFlowId: string;
                /**
                 * Format: date-time
                 * @description When this verdict was reached
                 */
                time: string;
                /** @enum {string} */
                result: "passed" | "failed";
                /**
                 * @description `copy` if the second copy was restored; omitted for the original files
                 * @constant
                 */
                source?: "copy";
                /** @description Why the drill failed */
                reason?: string;
                /** @description Of one that failed before anything was compared: the name of the failure, as `FilesLost` */
                failure?: string;
                /** @description Tables whose rows were compared */
                tables: number;
                /**
                 * @description What is compared: the rows of the tables, or also the number of key-value pairs including indexes, which needs an account with SUPER
                 * @enum {string}
                 */
                comparison?: "rows" | "rowsAndKeyValues";
                /** @description Total number of rows in these tables */
                rows: string;
                /** @description The first differences from the backup: tables, views, sequences, their definitions and rows */
                mismatches: string[];
                /** @description The first changes that TiDB itself makes when it restores (TTL off, TiFlash replicas dropped, …), which are no damage */
                changedByRestore?: string[];
                /** @description The first objects that could not be compared, each with the reason */
                notCompared?: string[];
                assertions: {
                    assertion: string;
                    passed: boolean;
                    /** @description Why the query failed */
                    error?: string;
                }[];
                /** @description From the request until the throwaway cluster was ready. Not part of the recovery time, because a real recovery may have a cluster at hand */
                provisioningSeconds?: number;
            };
        };
        /** @description A window in which no backup was started, and why */
        MissedWindow: {
            /** Format: date-time */
            start: string;
            /** Format: date-time */
            end: string;
            reason: string;
        };
        PastBackup: {
            backupId: string;
            /** @enum {string} */
            backupType: "full" | "incr";
            /** @enum {string} */
            backupMode: "manual" | "auto";
            /** @enum {string} */
            status: "Initializing" | "Processing" | "Finished" | "Failed" | "Canceled" | "Deleting";
            /**
             * Format: date-time
             * @description Time of this answer
             */
            createTime: string;
            /** @description The base of an incremental backup */
            baseBackupId?: string;
            /**
             * Format: date-time
             * @description For a finished backup: when its first attempt began
             */
            startTime?: string;
            /**
             * Format: date-time
             * @description For a finished backup
             */
            endTime?: string;
            /** @description For a finished backup */
            sizeBytes?: string;
            /** @description How long its last successful drill took; only for the newest 100 */
            recoverySeconds?: number;
        };
        ClusterOverview: {
            clusterId: string;
            clusterName: string;
            /** @description The strategy's, or without a strategy the cluster's */
            timezone: string;
            maintenanceStatus: "" | ("BackUp" | "Restore" | "Deleting");
            /** @description The backup or workflow that holds it; omitted if nothing does */
            operationId?: string;
            /**
             * Format: date-time
             * @description Time of this answer
             */
            maintenanceSince?: string;
            /** @description Progress of the backup that holds it, in percent */
            progress?: number;
            /** @description What the operation is doing, in words for people */
            step?: string;
            /** @description Up to ten finished backups, newest first */
            recentBackups: {
                backupId: string;
                /** @enum {string} */
                backupType: "full" | "incr";
                /**
                 * Format: date-time
                 * @description Time of this answer
                 */
                endTime: string;
                sizeBytes: string;
            }[];
            /** @description The strategy's limit; omitted if it has none */
            maxBackupAgeHours?: number;
            /** @description Whether the newest verified backup is older than `maxVerifiedAgeHours` */
            isOverdue: boolean;
            /** @description The newest backup that a drill has verified */
            newestVerified?: {
                backupId: string;
                /**
                 * Format: date-time
                 * @description Time of this answer
                 */
                endTime: string;
            };
            /** @description The strategy's limit; omitted if it has none */
            maxVerifiedAgeHours?: number;
            /** @description Whether the newest verified backup is older than `maxVerifiedAgeHours` */
            isUnverified: boolean;
            /** @description Whether the strategy is paused; omitted if there is none */
            paused?: boolean;
            /** @description The window that is open or opens next; omitted if there is none */
            nextWindow?: {
                /**
                 * Format: date-time
                 * @description Time of this answer
                 */
                start: string;
                /**
                 * Format: date-time
                 * @description Time of this answer
                 */
                end: string;
            };
            /** @description The last window in which no backup was started, and why */
            lastMissed?: {
                /** Format: date-time */
                start: string;
                /** Format: date-time */
                end: string;
                reason: string;
            };
            /** @description The newest backup if it failed, and why; omitted if one has finished since, or if its record was deleted */
            lastFailed?: {
                backupId: string;
                /**
                 * Format: date-time
                 * @description Time of this answer
                 */
                endTime: string;
                error: string;
            };
            /**
             * @description The result of its last check; omitted if none has ended yet
             * @enum {string}
             */
            checkStatus?: "passed" | "warning" | "failed";
        };
        BackupRecord: {
            id: string;
            clusterId: string;
            /** @enum {string} */
            backupType: "full" | "incr";
            /** @constant */
            backupMethod: "physical";
            /** @enum {string} */
            backupMode: "manual" | "auto";
            filePath: string;
            size: number;
            backupTso: string;
            /** @enum {string} */
            status: "Initializing" | "Processing" | "Finished" | "Failed" | "Canceled" | "Deleting";
            /**
             * Format: date-time
             * @description Time of this answer
             */
            startTime: string;
            /**
             * Format: date-time
             * @description Time of this answer
             */
            endTime: string;
            /**
             * Format: date-time
             * @description Time of this answer
             */
            createTime: string;
            /**
             * Format: date-time
             * @description Time of this answer
             */
            updateTime: string;
            /**
             * Format: date-time
             * @description Time of this answer
             */
            deleteTime: string;
            sizeBytes: string;
            /** @description Percent; omitted where it is meaningless, for example for a failed backup */
            progress?: number;
            /** @description What a Processing backup is doing, in words for people */
            step?: string;
            /** @description Why it failed, or could not be deleted yet */
            error?: {
                code: number;
                message: string;
            };
            workFlowId: string;
            /** @enum {string} */
            storageType: "s3" | "nfs";
            /**
             * @description What runs the statement: a function, with 15 minutes at most, or the worker, without a time limit
             * @enum {string}
             */
            executor: "lambda" | "fargate";
            /** @description The TiDB release that took it, such as `v8.5.0`; omitted if unknown */
            tidbVersion?: string;
            /** @description PD's cluster id of the TiDB that it was taken from; omitted until it is finished, or if unknown */
            tidbClusterId?: string;
            /** @description The cluster's setting, which a restore target must share; omitted if unknown */
            newCollationEnabled?: boolean;
            /** @description What was backed up; omitted for the whole cluster */
            scope?: components["schemas"]["Scope"];
            /** @description For an incremental backup: its base, without which it cannot be restored */
            baseBackupId?: string;
            /** @description For a full backup that was requested as incremental: why it fell back to full */
            fullBecause?: string;
            /** @description Number of files; omitted until it is finished, or if they could not be counted */
            files?: number;
            /** @description Why retention removes it; omitted if it does not */
            deletionReason?: string;
            /**
             * Format: date-time
             * @description Until when nobody can delete its files (S3 Object Lock); omitted if no lock is known
             */
            lockedUntil?: string;
            /**
             * Format: date-time
             * @description For a manual backup: when retention removes it; omitted if never. For an imported automatic one: when a rule may remove it at the earliest
             */
            expireAt?: string;
            /** @description When and by which workflow its record was written again from its files; omitted if it was never lost */
            imported?: {
                /**
                 * Format: date-time
                 * @description Time of this answer
                 */
                time: string;
                workFlowId: string;
                /** @description Whether `backupmeta` alone told of it: what it was asked to hold is not known */
                withoutManifest?: boolean;
            };
            /** @description Its table checksums, which drills compare; omitted if none were requested */
            checksums?: {
                /** @description Tables with checksums */
                tables?: number;
                /**
                 * @description What is compared: the rows of the tables, or also the number of key-value pairs including indexes, which needs an account with SUPER
                 * @enum {string}
                 */
                comparison?: "rows" | "rowsAndKeyValues";
                /** @description Tables, views and sequences that could not be read, so that no drill compares them */
                unreadable?: number;
                /** @description The first of them, each with the reason */
                unreadableExamples?: string[];
                /** @description Why there are no checksums */
                missing?: string;
            };
            /** @description Where S3 replicates its files, in another region or account; omitted if it does not */
            copyPath?: string;
            /**
             * Format: date-time
             * @description When the copy was found complete, so that it can be restored with `"source": "copy"`; omitted until then
             */
            copiedAt?: string;
            /**
             * Format: date-time
             * @description When a drill last verified the backup; omitted if none has, or if a later one failed
             */
            verifiedAt?: string;
            /** @description How long that drill took, from the start of the restore to the last comparison and assertion */
            recoverySeconds?: number;
            /** @description The latest verdict on the backup, by a drill or by a restore that found it damaged; omitted if there is none */
            evidence?: {
                workFlowId: string;
                /**
                 * Format: date-time
                 * @description When this verdict was reached
                 */
                time: string;
                /** @enum {string} */
                result: "passed" | "failed";
                /**
                 * @description `copy` if the second copy was restored; omitted for the original files
                 * @constant
                 */
                source?: "copy";
                /** @description Why the drill failed */
                reason?: string;
                /** @description Of one that failed before anything was compared: the name of the failure, as `FilesLost` */
                failure?: string;
                /** @description Tables whose rows were compared */
                tables: number;
                /**
                 * @description What is compared: the rows of the tables, or also the number of key-value pairs including indexes, which needs an account with SUPER
                 * @enum {string}
                 */
                comparison?: "rows" | "rowsAndKeyValues";
                /** @description Total number of rows in these tables */
                rows: string;
                /** @description The first differences from the backup: tables, views, sequences, their definitions and rows */
                mismatches: string[];
                /** @description The first changes that TiDB itself makes when it restores (TTL off, TiFlash replicas dropped, …), which are no damage */
                changedByRestore?: string[];
                /** @description The first objects that could not be compared, each with the reason */
                notCompared?: string[];
                assertions: {
                    assertion: string;
                    passed: boolean;
                    /** @description Why the query failed */
                    error?: string;
                }[];
                /** @description From the request until the throwaway cluster was ready. Not part of the recovery time, because a real recovery may have a cluster at hand */
                provisioningSeconds?: number;
            };
            /** @description Why the latest drill reached no verdict (the throwaway cluster could not be created or reached, the store rejected the keys, …). It says nothing about the backup, so evidence and verifiedAt stay. Omitted if the drill reached a verdict */
            lastFailure?: {
                workFlowId: string;
                /**
                 * Format: date-time
                 * @description When it failed
                 */
                time: string;
                reason: string;
            };
        };
        WorkFlowInfo: {
            id: string;
            /** @enum {string} */
            name: "BackupCluster" | "RestoreExistCluster" | "DeleteBackup" | "UndeleteBackup" | "RestoreNewCluster" | "RestoreDrill" | "CheckCluster" | "CheckConfig" | "ImportBackups";
            bizId: string;
            /** @constant */
            bizType: "cluster";
            /** @enum {string} */
            status: "Initializing" | "Processing" | "Finished" | "Error" | "Canceled";
            /**
             * Format: date-time
             * @description Time of this answer
             */
            createTime: string;
            /**
             * Format: date-time
             * @description Time of this answer
             */
            updateTime: string;
            /**
             * Format: date-time
             * @description Time of this answer
             */
            deleteTime: string;
            /** @description What a Processing restore is doing, in words for people; omitted if its node says that */
            step?: string;
            /** @description For a restore into a new cluster, or a drill: who provides the cluster, and what happened to it */
            newCluster?: {
                /** @enum {string} */
                provisioner: "adopt" | "lambda";
                /** @enum {string} */
                onFailure: "destroy" | "keep";
                /** @enum {string} */
                fate?: "destroyed" | "kept" | "released";
            };
        };
        WorkFlowNodeInfo: {
            id: string;
            name: string;
            parameters: string;
            result: string;
            /** @enum {string} */
            status: "Processing" | "Finished" | "Error" | "Canceled";
            /**
             * Format: date-time
             * @description Time of this answer
             */
            startTime: string;
            /**
             * Format: date-time
             * @description Time of this answer
             */
            endTime: string;
        };
        ImportEntry: {
            /** @description The folder: `s3://bucket/prefix` or `/mounted/path` */
            path: string;
            /** @description Omitted if nothing tells it */
            backupId?: string;
            /** @description Omitted if nothing tells it, or it was not read */
            clusterId?: string;
            /** @enum {string} */
            result: "imported" | "present" | "skipped";
            /** @description Why it was skipped, or what the import changed */
            reason?: string;
            /** @description The snapshot; omitted if it was not read */
            backupTso?: string;
            /** @description Snapshot of the base, for an incremental backup without a manifest */
            baseTso?: string;
            /** @description The base, for an incremental backup */
            base?: {
                backupId: string;
                backupTso: string;
            };
        };
        RegisterClusterRequest: {
            /** @description Its id; generated if omitted */
            clusterId?: string;
            clusterName: string;
            /** @description Its TiDB servers, or a load balancer in front of them */
            endpoints: string[];
            /**
             * @description IANA time zone of its strategy, unless the strategy names its own
             * @default UTC
             */
            timezone?: string;
            /**
             * @description Where its backups, and restores into it, run unless a request says otherwise; by default, chosen from the estimated duration
             * @enum {string}
             */
            executor?: "lambda" | "fargate";
            /** @description The TiDB account that backups and restores run as: your own secret, or a name and password that the service keeps */
            account: {
                secretArn: string;
                user?: unknown;
                password?: unknown;
            } | {
                secretArn?: unknown;
                user: string;
                password: string;
            };
            /**
             * @description How the service connects to TiDB
             * @default preferred
             * @enum {string}
             */
            tls?: "disabled" | "preferred" | "required" | "verify";
            /** @description PEM of the authorities trusted to sign TiDB's certificate, for "verify"; defaults to the public ones */
            ca?: string;
            /** @description Instead of `ca`: your own secret whose text is the PEM */
            caSecretArn?: string;
            /** @description PEM of the client certificate for TiDB servers that require one, with its intermediate certificates */
            clientCertificate?: string;
            /** @description PEM of its private key, without a passphrase; never shown */
            clientKey?: string;
            /** @description Instead of both: your own secret, JSON {"certificate": PEM, "key": PEM} */
            clientSecretArn?: string;
            /** @description As returned by `GET`; ignored in a request */
            readonly certificates?: unknown;
            /** @description As returned by `GET`; ignored in a request */
            readonly status?: unknown;
            /** @description As returned by `GET`; ignored in a request */
            readonly tidb?: unknown;
            /** @description As returned by `GET`; ignored in a request */
            readonly maintenanceStatus?: unknown;
            /** @description As returned by `GET`; ignored in a request */
            readonly operationId?: unknown;
            /** @description As returned by `GET`; ignored in a request */
            readonly maintenanceSince?: unknown;
            /** @description As returned by `GET`; ignored in a request */
            readonly createTime?: unknown;
            /** @description As returned by `GET`; ignored in a request */
            readonly updateTime?: unknown;
            /** @description As returned by `GET`; ignored in a request */
            readonly check?: unknown;
        };
        ChangePlan: {
            /** @enum {string} */
            action: "cancel" | "register" | "change" | "remove" | "saveStrategy" | "deleteStrategy" | "configure";
            /** @description Omitted for the configuration, or a cluster whose id is generated with it */
            clusterId?: string;
            /** @description Only for a cancellation */
            backupId?: string;
            /** @description What would change, for people; empty if nothing would */
            changes: string[];
            /** @description The next starts of a strategy that would be saved */
            nextRuns?: string[];
            /** @description The windows of a strategy that would be saved */
            preview?: components["schemas"]["StrategyPreview"];
            /** @description About the backups that would be deleted with their cluster */
            backups?: components["schemas"]["DeletionPlan"];
            /** @description Why the request would be refused right now: code and message of that answer. The answer may differ later */
            conflicts: {
                code: number;
                message: string;
            }[];
        };
        StrategyPreview: {
            /** @description The next six, with one that is open; empty if no backup would start by itself */
            windows: {
                /** Format: date-time */
                start: string;
                /** Format: date-time */
                end: string;
                /** @description By how much the clock of the zone moves between the window before and the end of this one; omitted if it does not */
                clockShiftMinutes?: number;
            }[];
            /** @description When the clock of the zone changes next, with the windows of the week before and after; omitted if it does not within a year */
            clockChange?: {
                /** Format: date-time */
                at: string;
                windows: {
                    /** Format: date-time */
                    start: string;
                    /** Format: date-time */
                    end: string;
                    /** @description By how much the clock of the zone moves between the window before and the end of this one; omitted if it does not */
                    clockShiftMinutes?: number;
                }[];
            };
        };
        DeletionPlan: {
            /** @constant */
            action: "delete";
            deletes: {
                backupId: string;
                path: string;
                /** @description Omitted if unknown, as for a backup that did not finish */
                sizeBytes?: string;
                files?: number;
                /**
                 * Format: date-time
                 * @description The record stays `Deleting` until then
                 */
                lockedUntil?: string;
            }[];
            /** @description Incremental backups that block the deletion, because `force` is not given */
            dependents: string[];
            /** @description What would be skipped, and why */
            keeps: {
                backupId: string;
                reason: string;
            }[];
            sizeBytes: string;
            /** @description Of all of `deletes`; omitted if those of one backup were not counted */
            files?: number;
            /**
             * Format: date-time
             * @description When the last of them would be deleted, if one is locked
             */
            lockedUntil?: string;
            /** @description Why the request would be refused right now: code and message of that answer. The answer may differ later */
            conflicts: {
                code: number;
                message: string;
            }[];
            /** @description What only the workflow can check, and may fail on */
            checksLeft: string[];
            /** @description The cost; omitted if duration or size is unknown */
            cost?: {
                /** @description US dollars, as are all amounts */
                onceUsd: number;
                /** @description Negative for what is no longer paid */
                perMonthUsd: number;
                /** @description The parts of the cost; free units are left out */
                parts: {
                    /** @enum {string} */
                    unit: "lambdaGbSecond" | "lambdaRequest" | "fargateVcpuHour" | "fargateGbHour" | "stateTransition" | "s3GbMonth" | "s3DeletedGbMonth" | "s3Put" | "s3List" | "s3Get" | "s3Delete" | "s3IaGbMonth" | "s3OneZoneIaGbMonth" | "s3IaPut" | "s3IaGet" | "s3IaRetrievedGb" | "s3GlacierIrGbMonth" | "s3GlacierIrPut" | "s3GlacierIrGet" | "s3GlacierIrRetrievedGb" | "s3ReplicatedGb" | "s3MonitoredObjectMonth" | "s3GlacierIrTransition" | "s3Transition" | "dynamodbWriteUnit" | "dynamodbReadUnit";
                    quantity: number;
                    usd: number;
                }[];
                /** @description After the bucket's lifecycle rule has moved the files to another storage class: the cost of the move, and of each month from then on */
                later?: {
                    afterDays: number;
                    onceUsd: number;
                    perMonthUsd: number;
                };
                /** @constant */
                pricesRegion: "us-east-1";
                /**
                 * @description When the prices were read, from public copies of AWS's price lists
                 * @constant
                 */
                pricesAsOf: "2026-03-31";
            };
        };
        RestoreIntoNewClusterRequest: {
            /** @description Its id; generated if omitted */
            clusterId?: string;
            clusterName: string;
            backupId: string;
            /** @description What to restore; defaults to everything that the backup holds */
            scope?: components["schemas"]["Scope"];
            /** @description Endpoints of a running, empty cluster; without them, the provisioner creates one */
            endpoints?: string[];
            /** @description The account of that cluster, with `endpoints` */
            account?: {
                secretArn: string;
                user?: unknown;
                password?: unknown;
            } | {
                secretArn?: unknown;
                user: string;
                password: string;
            };
            /** @description As in a registration; TiEM's true is "required", its false "disabled". A cluster that the provisioner creates gets at least the mode that the provisioner reports */
            tls?: ("disabled" | "preferred" | "required" | "verify") | boolean;
            /** @description PEM of the authorities trusted to sign TiDB's certificate, for "verify"; defaults to the public ones */
            ca?: string;
            /** @description Instead of `ca`: your own secret whose text is the PEM */
            caSecretArn?: string;
            /** @description PEM of the client certificate for TiDB servers that require one, with its intermediate certificates */
            clientCertificate?: string;
            /** @description PEM of its private key, without a passphrase; never shown */
            clientKey?: string;
            /** @description Instead of both: your own secret, JSON {"certificate": PEM, "key": PEM} */
            clientSecretArn?: string;
            /**
             * @description IANA time zone of its strategy, unless the strategy names its own
             * @default UTC
             */
            timezone?: string;
            /** @description Passed to the provisioner as they are: size, version, zone, … They appear in the workflow's detail, so they must not hold secrets. At most 20 levels deep; numbers up to 2^53 - 1 that a double holds exactly, larger ones as text; no name `__proto__` or `constructor` */
            parameters?: {
                [key: string]: unknown;
            };
            /** @description TiEM's own field: passed to the provisioner in `parameters` */
            clusterType?: string;
            /** @description TiEM's own field: passed to the provisioner in `parameters` */
            clusterVersion?: string;
            /** @description TiEM's own field: passed to the provisioner in `parameters` */
            tags?: string[] | null;
            /** @description TiEM's own field: passed to the provisioner in `parameters` */
            copies?: number;
            /** @description TiEM's own field: passed to the provisioner in `parameters` */
            exclusive?: boolean;
            /** @description TiEM's own field: passed to the provisioner in `parameters` */
            vendor?: string;
            /** @description TiEM's own field: passed to the provisioner in `parameters` */
            region?: string;
            /** @description TiEM's own field: passed to the provisioner in `parameters` */
            cpuArchitecture?: string;
            /** @description TiEM's own field: passed to the provisioner in `parameters` */
            parameterGroupID?: string;
            /** @description TiEM's own field: passed to the provisioner in `parameters` */
            resourceParameters?: {
                [key: string]: unknown;
            } | null;
            /** @description With dbPassword; default "root" */
            dbUser?: string | "";
            /** @description Instead of `account`: the password of the new cluster's account */
            dbPassword?: string;
            /** @description Whether to restore users and grants from the backup, too (TiDB 7.6 and later); by default those of the cluster stay */
            withSystemTables?: boolean;
            /** @description Must be true with withSystemTables, which also replaces this service's own account by that of the backup */
            confirmAccounts?: boolean;
            /**
             * @description `copy` reads the second copy of the files, even without the first bucket; default `original`
             * @enum {string}
             */
            source?: "original" | "copy";
            /**
             * @description Where to run it; by default, chosen from the estimated duration
             * @enum {string}
             */
            executor?: "lambda" | "fargate";
            /**
             * @description What to do with the new cluster if the restore fails
             * @default destroy
             * @enum {string}
             */
            onFailure?: "destroy" | "keep";
        };
        RestorePlan: {
            /**
             * @description A drill restores into a cluster created for it
             * @enum {string}
             */
            action: "restore" | "drill";
            /** @description Omitted for a new cluster, whose id is generated with it */
            clusterId?: string;
            /** @description What would be restored; omitted for everything that the backup holds */
            scope?: components["schemas"]["Scope"];
            /**
             * @description `copy` reads the second copy of the files, even without the first bucket; default `original`
             * @enum {string}
             */
            source?: "original" | "copy";
            /** @description In the order in which they would be restored: a full backup, then the incremental ones */
            chain: {
                backupId: string;
                /** @enum {string} */
                backupType: "full" | "incr";
                path: string;
                sizeBytes: string;
                /** @description The TiDB release that took it; omitted if unknown */
                tidbVersion?: string;
                files?: number;
            }[];
            sizeBytes: string;
            /** @description Of the whole chain; omitted if those of one backup were not counted */
            files?: number;
            /** @description What happens to users and grants of the cluster */
            accounts: string;
            /**
             * @description What runs the statement: a function, with 15 minutes at most, or the worker, without a time limit
             * @enum {string}
             */
            executor: "lambda" | "fargate";
            /** @description Why it would run there, for people */
            executorReason: string;
            /** @description Estimated duration; omitted if unknown */
            durationSeconds?: number;
            /** @description What the estimate is based on */
            durationBasis?: string;
            /** @description Why the request would be refused right now: code and message of that answer. The answer may differ later */
            conflicts: {
                code: number;
                message: string;
            }[];
            /** @description What only the workflow can check, and may fail on */
            checksLeft: string[];
            /** @description The cost; omitted if duration or size is unknown */
            cost?: {
                /** @description US dollars, as are all amounts */
                onceUsd: number;
                /** @description Negative for what is no longer paid */
                perMonthUsd: number;
                /** @description The parts of the cost; free units are left out */
                parts: {
                    /** @enum {string} */
                    unit: "lambdaGbSecond" | "lambdaRequest" | "fargateVcpuHour" | "fargateGbHour" | "stateTransition" | "s3GbMonth" | "s3DeletedGbMonth" | "s3Put" | "s3List" | "s3Get" | "s3Delete" | "s3IaGbMonth" | "s3OneZoneIaGbMonth" | "s3IaPut" | "s3IaGet" | "s3IaRetrievedGb" | "s3GlacierIrGbMonth" | "s3GlacierIrPut" | "s3GlacierIrGet" | "s3GlacierIrRetrievedGb" | "s3ReplicatedGb" | "s3MonitoredObjectMonth" | "s3GlacierIrTransition" | "s3Transition" | "dynamodbWriteUnit" | "dynamodbReadUnit";
                    quantity: number;
                    usd: number;
                }[];
                /** @description After the bucket's lifecycle rule has moved the files to another storage class: the cost of the move, and of each month from then on */
                later?: {
                    afterDays: number;
                    onceUsd: number;
                    perMonthUsd: number;
                };
                /** @constant */
                pricesRegion: "us-east-1";
                /**
                 * @description When the prices were read, from public copies of AWS's price lists
                 * @constant
                 */
                pricesAsOf: "2026-03-31";
            };
        };
        UpdateClusterRequest: {
            clusterName: string;
            /** @description Its TiDB servers, or a load balancer in front of them */
            endpoints: string[];
            /**
             * @description IANA time zone of its strategy, unless the strategy names its own
             * @default UTC
             */
            timezone?: string;
            /**
             * @description Where its backups, and restores into it, run unless a request says otherwise; by default, chosen from the estimated duration
             * @enum {string}
             */
            executor?: "lambda" | "fargate";
            /** @description Omit it, or give only the user, to keep the account */
            account?: ({
                secretArn: string;
                user?: unknown;
                password?: unknown;
            } | {
                secretArn?: unknown;
                user: string;
                password: string;
            }) | {
                secretArn?: unknown;
                user: string;
                password?: unknown;
            };
            /**
             * @description Omit to keep
             * @enum {string}
             */
            tls?: "disabled" | "preferred" | "required" | "verify";
            /** @description As in a registration; omit to keep ca or caSecretArn, null removes it */
            ca?: string | null;
            /** @description Instead of `ca`: your own secret whose text is the PEM */
            caSecretArn?: string;
            /** @description As in a registration; omit to keep clientCertificate or clientSecretArn, null removes it */
            clientCertificate?: string | null;
            /** @description PEM of its private key, without a passphrase; never shown */
            clientKey?: string;
            /** @description Instead of both: your own secret, JSON {"certificate": PEM, "key": PEM} */
            clientSecretArn?: string;
            /** @description As returned by `GET`; ignored in a request */
            readonly clusterId?: unknown;
            /** @description As returned by `GET`; ignored in a request */
            readonly certificates?: unknown;
            /** @description As returned by `GET`; ignored in a request */
            readonly status?: unknown;
            /** @description As returned by `GET`; ignored in a request */
            readonly tidb?: unknown;
            /** @description As returned by `GET`; ignored in a request */
            readonly maintenanceStatus?: unknown;
            /** @description As returned by `GET`; ignored in a request */
            readonly operationId?: unknown;
            /** @description As returned by `GET`; ignored in a request */
            readonly maintenanceSince?: unknown;
            /** @description As returned by `GET`; ignored in a request */
            readonly createTime?: unknown;
            /** @description As returned by `GET`; ignored in a request */
            readonly updateTime?: unknown;
            /** @description As returned by `GET`; ignored in a request */
            readonly check?: unknown;
        };
        SaveStrategyRequest: {
            /** @description As in the path, or empty */
            clusterId?: string | "";
            strategy: {
                /** @description comma-separated English weekday names, such as "Monday,Friday" */
                backupDate: string;
                /** @description "H:MM-H:MM", such as "7:00-9:00", or "22:00-2:00" across midnight */
                period: string;
                /** @description Time zone of the weekdays and hours; by default it follows the cluster's. An answer sent back with its `nextRuns` keeps following the cluster if it did; without them, the zone becomes the strategy's own */
                timezone?: string;
                /**
                 * @description Whether automatic backups are suspended
                 * @default false
                 */
                paused?: boolean;
                /** @description Days of `backupDate` on which the backup is full; on the others it is incremental. If empty or omitted, always full */
                fullBackupDate?: string;
                /** @description Whether to take a full backup if TiDB no longer knows the changes since the last one; otherwise the backup fails */
                fallbackToFull?: boolean;
                /** @description What is backed up; defaults to the whole cluster */
                scope?: components["schemas"]["Scope"];
                /** @description Raises an alarm if the newest finished backup, automatic or not, is older, even while the strategy is paused; omit for no alarm */
                maxBackupAgeHours?: number;
                /** @description Which of the automatic backups stay; defaults to all of them */
                retention?: {
                    /** @description Keep this many of the newest automatic backups */
                    keepLast?: number;
                    /** @description Keep the newest backup of each of this many latest days with backups */
                    keepDaily?: number;
                    /** @description Keep the newest backup of each of this many latest ISO weeks with backups */
                    keepWeekly?: number;
                    /** @description Keep the newest backup of each of this many latest months with backups */
                    keepMonthly?: number;
                    /** @description Keep the newest backup of each of this many latest years with backups */
                    keepYearly?: number;
                    /** @description Remove backups that are older, even if another field keeps them; without other fields, keep all younger ones */
                    maxAgeDays?: number;
                };
                /** @description Weekdays after whose windows the newest finished backup is drilled; omit for no automatic drills */
                drill?: {
                    /** @description comma-separated English weekday names, such as "Monday,Friday" */
                    backupDate: string;
                    /** @description Queries that a restored backup must satisfy: each returns one row whose first column is true */
                    assertions?: string[];
                    /** @description Passed to the provisioner as they are: size, version, zone, … They appear in the workflow's detail, so they must not hold secrets. At most 20 levels deep; numbers up to 2^53 - 1 that a double holds exactly, larger ones as text; no name `__proto__` or `constructor` */
                    parameters?: {
                        [key: string]: unknown;
                    };
                    /**
                     * @description Where it restores and compares; by default, chosen from the estimated duration
                     * @enum {string}
                     */
                    executor?: "lambda" | "fargate";
                    /**
                     * @description `copy` reads the second copy of the files, even without the first bucket; default `original`
                     * @enum {string}
                     */
                    source?: "original" | "copy";
                };
                /** @description Raises an alarm if the newest backup that a drill has verified is older, even while the strategy is paused; omit for no alarm */
                maxVerifiedAgeHours?: number;
                /** @description As returned by `GET`; only its presence matters, which shows that an answer is sent back */
                readonly nextRuns?: unknown;
                /** @description As returned by `GET`; ignored in a request */
                readonly clusterId?: unknown;
                /** @description As returned by `GET`; ignored in a request */
                readonly lastMissed?: unknown;
                /** @description As returned by `GET`; ignored in a request */
                readonly lastCanceled?: unknown;
            };
        };
        RestoreIntoClusterRequest: {
            /** @description As in the path, or empty */
            clusterId?: string | "";
            backupId: string;
            /** @description What to restore; defaults to everything that the backup holds */
            scope?: components["schemas"]["Scope"];
            /** @description Whether to restore users and grants from the backup, too (TiDB 7.6 and later); by default those of the cluster stay */
            withSystemTables?: boolean;
            /** @description Must be true with withSystemTables, which also replaces this service's own account by that of the backup */
            confirmAccounts?: boolean;
            /**
             * @description `copy` reads the second copy of the files, even without the first bucket; default `original`
             * @enum {string}
             */
            source?: "original" | "copy";
            /**
             * @description Where to run it; defaults to the cluster's setting, then to a choice from the estimated duration
             * @enum {string}
             */
            executor?: "lambda" | "fargate";
        };
        CheckPlan: {
            /** @constant */
            action: "check";
            /** @description Omitted for a check of the configuration */
            clusterId?: string;
            /** @description The storage path; omitted if the configuration names no usable one */
            path?: string;
            /** @description What the check would create and remove again */
            writes: string[];
            /** @description Why the request would be refused right now: code and message of that answer. The answer may differ later */
            conflicts: {
                code: number;
                message: string;
            }[];
            /** @description What only the workflow can check, and may fail on */
            checksLeft: string[];
            /** @description The cost; omitted if duration or size is unknown */
            cost?: {
                /** @description US dollars, as are all amounts */
                onceUsd: number;
                /** @description Negative for what is no longer paid */
                perMonthUsd: number;
                /** @description The parts of the cost; free units are left out */
                parts: {
                    /** @enum {string} */
                    unit: "lambdaGbSecond" | "lambdaRequest" | "fargateVcpuHour" | "fargateGbHour" | "stateTransition" | "s3GbMonth" | "s3DeletedGbMonth" | "s3Put" | "s3List" | "s3Get" | "s3Delete" | "s3IaGbMonth" | "s3OneZoneIaGbMonth" | "s3IaPut" | "s3IaGet" | "s3IaRetrievedGb" | "s3GlacierIrGbMonth" | "s3GlacierIrPut" | "s3GlacierIrGet" | "s3GlacierIrRetrievedGb" | "s3ReplicatedGb" | "s3MonitoredObjectMonth" | "s3GlacierIrTransition" | "s3Transition" | "dynamodbWriteUnit" | "dynamodbReadUnit";
                    quantity: number;
                    usd: number;
                }[];
                /** @description After the bucket's lifecycle rule has moved the files to another storage class: the cost of the move, and of each month from then on */
                later?: {
                    afterDays: number;
                    onceUsd: number;
                    perMonthUsd: number;
                };
                /** @constant */
                pricesRegion: "us-east-1";
                /**
                 * @description When the prices were read, from public copies of AWS's price lists
                 * @constant
                 */
                pricesAsOf: "2026-03-31";
            };
        };
        StartBackupRequest: {
            clusterId: string;
            /**
             * @description Incremental backups hold the changes since the newest finished backup of the same scope. Defaults to full, also if empty
             * @default
             */
            backupType?: ("full" | "incr") | "";
            /**
             * @description Which retention applies to it. Defaults to manual, also if empty
             * @default
             */
            backupMode?: ("manual" | "auto") | "";
            /** @description What to back up; defaults to the whole cluster */
            scope?: components["schemas"]["Scope"];
            /**
             * @description Where to run it; defaults to the cluster's setting, then to a choice from the estimated duration
             * @enum {string}
             */
            executor?: "lambda" | "fargate";
            /**
             * Format: date-time
             * @description For a manual backup: when retention removes it; omit to keep it
             */
            expireAt?: string;
            /** @description Whether to compute table checksums for drills to compare, which reads the data twice; defaults to true if the strategy of the cluster has drills */
            checksums?: boolean;
        };
        BackupPlan: {
            /** @constant */
            action: "backup";
            clusterId: string;
            /** @enum {string} */
            backupType: "full" | "incr";
            /** @description The base, for an incremental backup */
            baseBackupId?: string;
            /** @description What would be backed up; omitted for everything */
            scope?: components["schemas"]["Scope"];
            /** @description The folder that would contain the backup's own */
            path: string;
            /** @description Size of the last backup of the same scope and type */
            sizeBytes?: string;
            /**
             * @description What runs the statement: a function, with 15 minutes at most, or the worker, without a time limit
             * @enum {string}
             */
            executor: "lambda" | "fargate";
            /** @description Why it would run there, for people */
            executorReason: string;
            /** @description Estimated duration; omitted if unknown */
            durationSeconds?: number;
            /** @description What the estimate is based on */
            durationBasis?: string;
            /** @description Why the request would be refused right now: code and message of that answer. The answer may differ later */
            conflicts: {
                code: number;
                message: string;
            }[];
            /** @description What only the workflow can check, and may fail on */
            checksLeft: string[];
            /** @description The cost; omitted if duration or size is unknown */
            cost?: {
                /** @description US dollars, as are all amounts */
                onceUsd: number;
                /** @description Negative for what is no longer paid */
                perMonthUsd: number;
                /** @description The parts of the cost; free units are left out */
                parts: {
                    /** @enum {string} */
                    unit: "lambdaGbSecond" | "lambdaRequest" | "fargateVcpuHour" | "fargateGbHour" | "stateTransition" | "s3GbMonth" | "s3DeletedGbMonth" | "s3Put" | "s3List" | "s3Get" | "s3Delete" | "s3IaGbMonth" | "s3OneZoneIaGbMonth" | "s3IaPut" | "s3IaGet" | "s3IaRetrievedGb" | "s3GlacierIrGbMonth" | "s3GlacierIrPut" | "s3GlacierIrGet" | "s3GlacierIrRetrievedGb" | "s3ReplicatedGb" | "s3MonitoredObjectMonth" | "s3GlacierIrTransition" | "s3Transition" | "dynamodbWriteUnit" | "dynamodbReadUnit";
                    quantity: number;
                    usd: number;
                }[];
                /** @description After the bucket's lifecycle rule has moved the files to another storage class: the cost of the move, and of each month from then on */
                later?: {
                    afterDays: number;
                    onceUsd: number;
                    perMonthUsd: number;
                };
                /** @constant */
                pricesRegion: "us-east-1";
                /**
                 * @description When the prices were read, from public copies of AWS's price lists
                 * @constant
                 */
                pricesAsOf: "2026-03-31";
            };
        };
        CancelBackupRequest: {
            clusterId: string;
            backupId: string;
        };
        ImportBackupsRequest: {
            /** @description Where to look: "bucket/prefix", or an absolute path of the shared file system. Defaults to the configured BackupStoragePath */
            path?: string;
            /** @description The cluster to assign to backups that do not name one, such as those taken by `br`. Defaults to `tidb-` followed by the PD cluster id */
            clusterId?: string;
        };
        DrillBackupRequest: {
            /** @description Queries that a restored backup must satisfy: each returns one row whose first column is true */
            assertions?: string[];
            /** @description Passed to the provisioner as they are: size, version, zone, … They appear in the workflow's detail, so they must not hold secrets. At most 20 levels deep; numbers up to 2^53 - 1 that a double holds exactly, larger ones as text; no name `__proto__` or `constructor` */
            parameters?: {
                [key: string]: unknown;
            };
            /**
             * @description `copy` reads the second copy of the files, even without the first bucket; default `original`
             * @enum {string}
             */
            source?: "original" | "copy";
            /**
             * @description Where to restore and compare; by default, chosen from the estimated duration
             * @enum {string}
             */
            executor?: "lambda" | "fargate";
        };
        UndeletePlan: {
            /** @constant */
            action: "undelete";
            backupId: string;
            clusterId: string;
            /** @description The folder of its files */
            path: string;
            /**
             * Format: date-time
             * @description Each file returns to what was last written by then
             */
            asOf: string;
            sizeBytes: string;
            /** @description How many files it should have; omitted if they were not counted */
            files?: number;
            /** @description How many days its bucket keeps deleted or overwritten files; omitted if the bucket is not the deployment’s own, or the backup is older than that rule */
            recoverDeletedDays?: number;
            /** @description Why the request would be refused right now: code and message of that answer. The answer may differ later */
            conflicts: {
                code: number;
                message: string;
            }[];
            /** @description What only the workflow can check, and may fail on */
            checksLeft: string[];
            /** @description The cost; omitted if duration or size is unknown */
            cost?: {
                /** @description US dollars, as are all amounts */
                onceUsd: number;
                /** @description Negative for what is no longer paid */
                perMonthUsd: number;
                /** @description The parts of the cost; free units are left out */
                parts: {
                    /** @enum {string} */
                    unit: "lambdaGbSecond" | "lambdaRequest" | "fargateVcpuHour" | "fargateGbHour" | "stateTransition" | "s3GbMonth" | "s3DeletedGbMonth" | "s3Put" | "s3List" | "s3Get" | "s3Delete" | "s3IaGbMonth" | "s3OneZoneIaGbMonth" | "s3IaPut" | "s3IaGet" | "s3IaRetrievedGb" | "s3GlacierIrGbMonth" | "s3GlacierIrPut" | "s3GlacierIrGet" | "s3GlacierIrRetrievedGb" | "s3ReplicatedGb" | "s3MonitoredObjectMonth" | "s3GlacierIrTransition" | "s3Transition" | "dynamodbWriteUnit" | "dynamodbReadUnit";
                    quantity: number;
                    usd: number;
                }[];
                /** @description After the bucket's lifecycle rule has moved the files to another storage class: the cost of the move, and of each month from then on */
                later?: {
                    afterDays: number;
                    onceUsd: number;
                    perMonthUsd: number;
                };
                /** @constant */
                pricesRegion: "us-east-1";
                /**
                 * @description When the prices were read, from public copies of AWS's price lists
                 * @constant
                 */
                pricesAsOf: "2026-03-31";
            };
        };
        DeleteBackupRequest: {
            /** @description The cluster of the backup, or empty */
            clusterId?: string | "";
            /** @description The mode of the backup, or empty */
            backupMode?: ("manual" | "auto") | "";
            /** @description As in the path, or empty */
            backupId?: string | "";
            /** @description Must be empty; TiEM uses it for deletions by condition */
            excludeBackupId?: unknown[] | null;
        };
        UpdateConfigRequest: {
            /** @enum {string} */
            configKey: "BackupStorageType" | "BackupStoragePath" | "BackupS3Endpoint" | "BackupS3Region" | "BackupS3Provider" | "BackupS3AccessKey" | "BackupS3SecretAccessKey" | "BackupS3SessionToken" | "BackupRateLimit" | "BackupConcurrency" | "RestoreRateLimit" | "RestoreConcurrency" | "maxConcurrentAutoBackups";
            /** @description An empty value removes an optional key. BackupS3AccessKey, BackupS3SecretAccessKey and BackupS3SessionToken are kept only in Secrets Manager, and shown as ******. Existing backups stay where they are, and can still be restored and deleted */
            configValue: string;
            /** @description As returned by `GET`; ignored in a request */
            readonly check?: unknown;
        } & ({
            /** @constant */
            configKey: "BackupStorageType";
            /**
             * @description must be "s3" or "nfs"
             * @enum {unknown}
             */
            configValue: "s3" | "nfs";
            readonly check?: unknown;
        } | {
            /** @constant */
            configKey: "BackupStoragePath";
            /** @description must be "bucket/prefix", or an absolute path for nfs, of at most 512 bytes, without control characters and without empty, "." or ".." parts */
            configValue: unknown;
            readonly check?: unknown;
        } | {
            /** @constant */
            configKey: "BackupS3Endpoint";
            /** @description must be an http or https URL of at most 256 characters, without blanks, user, query or fragment; empty removes it */
            configValue: unknown;
            readonly check?: unknown;
        } | {
            /** @constant */
            configKey: "BackupS3Region";
            /** @description must be 1 to 63 letters, digits and inner hyphens, such as "eu-central-1"; empty removes it */
            configValue: unknown;
            readonly check?: unknown;
        } | {
            /** @constant */
            configKey: "BackupS3Provider";
            /** @description must be 1 to 63 letters, digits and inner hyphens, such as "ceph"; empty removes it */
            configValue: unknown;
            readonly check?: unknown;
        } | {
            /** @constant */
            configKey: "BackupS3AccessKey";
            /** @description must be at most 256 characters, none of them a control character, and not the mask "******" that it is answered as; empty removes it */
            configValue: unknown;
            readonly check?: unknown;
        } | {
            /** @constant */
            configKey: "BackupS3SecretAccessKey";
            /** @description must be 8 to 256 characters, none of them a control character, and not the mask "******" that it is answered as; empty removes it */
            configValue: unknown;
            readonly check?: unknown;
        } | {
            /** @constant */
            configKey: "BackupS3SessionToken";
            /** @description must be 8 to 4096 characters, none of them a control character, and not the mask "******" that it is answered as; empty removes it */
            configValue: unknown;
            readonly check?: unknown;
        } | {
            /** @constant */
            configKey: "BackupRateLimit";
            /** @description must be a whole number from 0 to 1000000; 0 leaves it to TiDB */
            configValue: unknown;
            readonly check?: unknown;
        } | {
            /** @constant */
            configKey: "BackupConcurrency";
            /** @description must be a whole number from 0 to 1000; 0 leaves it to TiDB */
            configValue: unknown;
            readonly check?: unknown;
        } | {
            /** @constant */
            configKey: "RestoreRateLimit";
            /** @description must be a whole number from 0 to 1000000; 0 leaves it to TiDB */
            configValue: unknown;
            readonly check?: unknown;
        } | {
            /** @constant */
            configKey: "RestoreConcurrency";
            /** @description must be a whole number from 0 to 1000; 0 leaves it to TiDB */
            configValue: unknown;
            readonly check?: unknown;
        } | {
            /** @constant */
            configKey: "maxConcurrentAutoBackups";
            /** @description must be a whole number from 0 to 10000; 0 sets no limit */
            configValue: unknown;
            readonly check?: unknown;
        });
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type Failure = components['schemas']['Failure'];
export type GatewayRefusal = components['schemas']['GatewayRefusal'];
export type Page = components['schemas']['Page'];
export type UncountedPage = components['schemas']['UncountedPage'];
export type Cluster = components['schemas']['Cluster'];
export type ClusterDetail = components['schemas']['ClusterDetail'];
export type CheckResult = components['schemas']['CheckResult'];
export type Finding = components['schemas']['Finding'];
export type BackupStrategy = components['schemas']['BackupStrategy'];
export type Scope = components['schemas']['Scope'];
export type RetentionDecision = components['schemas']['RetentionDecision'];
export type BackupEvidence = components['schemas']['BackupEvidence'];
export type MissedWindow = components['schemas']['MissedWindow'];
export type PastBackup = components['schemas']['PastBackup'];
export type ClusterOverview = components['schemas']['ClusterOverview'];
export type BackupRecord = components['schemas']['BackupRecord'];
export type WorkFlowInfo = components['schemas']['WorkFlowInfo'];
export type WorkFlowNodeInfo = components['schemas']['WorkFlowNodeInfo'];
export type ImportEntry = components['schemas']['ImportEntry'];
export type RegisterClusterRequest = components['schemas']['RegisterClusterRequest'];
export type ChangePlan = components['schemas']['ChangePlan'];
export type StrategyPreview = components['schemas']['StrategyPreview'];
export type DeletionPlan = components['schemas']['DeletionPlan'];
export type RestoreIntoNewClusterRequest = components['schemas']['RestoreIntoNewClusterRequest'];
export type RestorePlan = components['schemas']['RestorePlan'];
export type UpdateClusterRequest = components['schemas']['UpdateClusterRequest'];
export type SaveStrategyRequest = components['schemas']['SaveStrategyRequest'];
export type RestoreIntoClusterRequest = components['schemas']['RestoreIntoClusterRequest'];
export type CheckPlan = components['schemas']['CheckPlan'];
export type StartBackupRequest = components['schemas']['StartBackupRequest'];
export type BackupPlan = components['schemas']['BackupPlan'];
export type CancelBackupRequest = components['schemas']['CancelBackupRequest'];
export type ImportBackupsRequest = components['schemas']['ImportBackupsRequest'];
export type DrillBackupRequest = components['schemas']['DrillBackupRequest'];
export type UndeletePlan = components['schemas']['UndeletePlan'];
export type DeleteBackupRequest = components['schemas']['DeleteBackupRequest'];
export type UpdateConfigRequest = components['schemas']['UpdateConfigRequest'];
export type $defs = Record<string, never>;
export interface operations {
    listClusters: {
        parameters: {
            query?: {
                /** @description Counts from 1. Defaults to 1, or to the position of `pageToken` */
                page?: number;
                /** @description Maximum number of items on a page; defaults to 10 */
                pageSize?: number;
                /** @description The `nextPageToken` of the previous page, instead of `page`; the rest of the query must stay the same */
                pageToken?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @constant */
                        code: 0;
                        /** @constant */
                        message: "OK";
                        data: {
                            clusters: components["schemas"]["Cluster"][];
                        };
                        page: components["schemas"]["Page"];
                    };
                };
            };
        };
    };
    registerCluster: {
        parameters: {
            query?: {
                /** @description true: return what would happen, without changing anything */
                plan?: "true" | "false";
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["RegisterClusterRequest"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @constant */
                        code: 0;
                        /** @constant */
                        message: "OK";
                        data: {
                            clusterId: string;
                        } | {
                            plan: components["schemas"]["ChangePlan"];
                        };
                    };
                };
            };
        };
    };
    getCluster: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The cluster, by the id that it is registered with */
                clusterId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @constant */
                        code: 0;
                        /** @constant */
                        message: "OK";
                        data: components["schemas"]["ClusterDetail"];
                    };
                };
            };
        };
    };
    updateCluster: {
        parameters: {
            query?: {
                /** @description true: return what would happen, without changing anything */
                plan?: "true" | "false";
            };
            header?: never;
            path: {
                /** @description The cluster, by the id that it is registered with */
                clusterId: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["UpdateClusterRequest"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @constant */
                        code: 0;
                        /** @constant */
                        message: "OK";
                        data: {
                            /** @description Consequences of the change for the backups of the cluster, in words for people; omitted if there are none */
                            notes?: string[];
                        } | {
                            plan: components["schemas"]["ChangePlan"];
                        };
                    };
                };
            };
        };
    };
    removeCluster: {
        parameters: {
            query?: {
                /** @description Which of its backups to delete with the cluster; by default none */
                deleteBackups?: "auto" | "all";
                /** @description true: return what would happen, without changing anything */
                plan?: "true" | "false";
            };
            header?: never;
            path: {
                /** @description The cluster, by the id that it is registered with */
                clusterId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @constant */
                        code: 0;
                        /** @constant */
                        message: "OK";
                        data: Record<string, never> | {
                            plan: components["schemas"]["ChangePlan"];
                        };
                    };
                };
            };
        };
    };
    getStrategy: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The cluster, by the id that it is registered with */
                clusterId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @constant */
                        code: 0;
                        /** @constant */
                        message: "OK";
                        data: {
                            strategy: components["schemas"]["BackupStrategy"];
                        };
                    };
                };
            };
        };
    };
    saveStrategy: {
        parameters: {
            query?: {
                /** @description true: return what would happen, without changing anything */
                plan?: "true" | "false";
            };
            header?: never;
            path: {
                /** @description The cluster, by the id that it is registered with */
                clusterId: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["SaveStrategyRequest"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @constant */
                        code: 0;
                        /** @constant */
                        message: "OK";
                        data: Record<string, never> | {
                            plan: components["schemas"]["ChangePlan"];
                        };
                    };
                };
            };
        };
    };
    deleteStrategy: {
        parameters: {
            query?: {
                /** @description true: return what would happen, without changing anything */
                plan?: "true" | "false";
            };
            header?: never;
            path: {
                /** @description The cluster, by the id that it is registered with */
                clusterId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @constant */
                        code: 0;
                        /** @constant */
                        message: "OK";
                        data: Record<string, never> | {
                            plan: components["schemas"]["ChangePlan"];
                        };
                    };
                };
            };
        };
    };
    previewRetention: {
        parameters: {
            query?: {
                /** @description Keep this many of the newest automatic backups */
                keepLast?: number;
                /** @description Keep the newest backup of each of this many latest days with backups */
                keepDaily?: number;
                /** @description Keep the newest backup of each of this many latest ISO weeks with backups */
                keepWeekly?: number;
                /** @description Keep the newest backup of each of this many latest months with backups */
                keepMonthly?: number;
                /** @description Keep the newest backup of each of this many latest years with backups */
                keepYearly?: number;
                /** @description Remove backups that are older, even if another field keeps them; without other fields, keep all younger ones */
                maxAgeDays?: number;
                /** @description Time zone of the days, for a proposed rule; defaults to the strategy's */
                timezone?: string;
                /** @description Counts from 1. Defaults to 1, or to the position of `pageToken` */
                page?: number;
                /** @description Maximum number of items on a page; defaults to 10 */
                pageSize?: number;
                /** @description The `nextPageToken` of the previous page, instead of `page`; the rest of the query must stay the same */
                pageToken?: string;
            };
            header?: never;
            path: {
                /** @description The cluster, by the id that it is registered with */
                clusterId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @constant */
                        code: 0;
                        /** @constant */
                        message: "OK";
                        data: {
                            /** @description Omitted if there is no rule, and none was proposed */
                            retention?: {
                                /** @description Keep this many of the newest automatic backups */
                                keepLast?: number;
                                /** @description Keep the newest backup of each of this many latest days with backups */
                                keepDaily?: number;
                                /** @description Keep the newest backup of each of this many latest ISO weeks with backups */
                                keepWeekly?: number;
                                /** @description Keep the newest backup of each of this many latest months with backups */
                                keepMonthly?: number;
                                /** @description Keep the newest backup of each of this many latest years with backups */
                                keepYearly?: number;
                                /** @description Remove backups that are older, even if another field keeps them; without other fields, keep all younger ones */
                                maxAgeDays?: number;
                            };
                            timezone: string;
                            /** @description Whether the strategy is paused, which suspends the rule */
                            paused: boolean;
                            toRemove: number;
                            toKeep: number;
                            bytesToRemove: string;
                            /** @description Pages go from the newest backup to the oldest; each lists removals first, then what stays. Backups already being deleted are left out */
                            decisions: components["schemas"]["RetentionDecision"][];
                        };
                        page: components["schemas"]["Page"];
                    };
                };
            };
        };
    };
    getClusterEvidence: {
        parameters: {
            query?: {
                /** @description csv: a file with a header and a row for each backup and missed window (RFC 4180); defaults to json */
                format?: "json" | "csv";
                /** @description Created at or after this time, in Unix seconds; 0 for no limit */
                startTime?: number;
                /** @description Created at or before this time, in Unix seconds; 0 for no limit */
                endTime?: number;
                /** @description Maximum number of items on a page; defaults to 10 */
                pageSize?: number;
                /** @description The `nextPageToken` of the previous page, instead of `page`; the rest of the query must stay the same */
                pageToken?: string;
            };
            header?: never;
            path: {
                /** @description The cluster, by the id that it is registered with */
                clusterId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @constant */
                        code: 0;
                        /** @constant */
                        message: "OK";
                        data: {
                            /**
                             * Format: date-time
                             * @description Time of this answer
                             */
                            asOf: string;
                            /** @description By `createTime`; deleted records are not included */
                            backups: components["schemas"]["BackupEvidence"][];
                            /** @description By `start`. A page holds `pageSize` backups and windows in total */
                            missedWindows: components["schemas"]["MissedWindow"][];
                        };
                        page: components["schemas"]["UncountedPage"];
                    };
                };
            };
        };
    };
    getClusterHistory: {
        parameters: {
            query?: {
                /** @description Created at or after this time, in Unix seconds; 0 for no limit */
                startTime?: number;
                /** @description Created at or before this time, in Unix seconds; 0 for no limit */
                endTime?: number;
            };
            header?: never;
            path: {
                /** @description The cluster, by the id that it is registered with */
                clusterId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @constant */
                        code: 0;
                        /** @constant */
                        message: "OK";
                        data: {
                            /** @description By `createTime`, 1,000 at most */
                            backups: components["schemas"]["PastBackup"][];
                            /** @description By `start`, 100 at most */
                            missedWindows: components["schemas"]["MissedWindow"][];
                            /**
                             * Format: date-time
                             * @description Set if the range holds more: the answer is complete from this time on. Request the rest with an earlier `endTime`
                             */
                            since?: string;
                        };
                    };
                };
            };
        };
    };
    getOverview: {
        parameters: {
            query?: {
                /** @description Counts from 1. Defaults to 1, or to the position of `pageToken` */
                page?: number;
                /** @description Maximum number of items on a page; defaults to 10 */
                pageSize?: number;
                /** @description The `nextPageToken` of the previous page, instead of `page`; the rest of the query must stay the same */
                pageToken?: string;
                /** @description true: only clusters that are overdue or unverified, or whose backup failed within seven days; longest overdue first. Of the failures, the newest 100 of all clusters count. Costs the same however many clusters there are */
                problems?: "true" | "false";
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @constant */
                        code: 0;
                        /** @constant */
                        message: "OK";
                        data: {
                            /**
                             * Format: date-time
                             * @description Time of this answer
                             */
                            asOf: string;
                            /** @description As `GET /clusters` lists them, newest first. With `problems`, a page may hold fewer than `pageSize` */
                            clusters: components["schemas"]["ClusterOverview"][];
                        };
                        page: components["schemas"]["Page"];
                    };
                };
            };
        };
    };
    listBackups: {
        parameters: {
            query?: {
                /** @description The cluster, by the id that it is registered with */
                clusterId?: string;
                /** @description The backup, by the id of its record */
                backupId?: string;
                /** @description Only manual, or only automatic, backups */
                backupMode?: "manual" | "auto";
                /** @description Created at or after this time, in Unix seconds; 0 for no limit */
                startTime?: number;
                /** @description Created at or before this time, in Unix seconds; 0 for no limit */
                endTime?: number;
                /** @description Counts from 1. Defaults to 1, or to the position of `pageToken` */
                page?: number;
                /** @description Maximum number of items on a page; defaults to 10 */
                pageSize?: number;
                /** @description The `nextPageToken` of the previous page, instead of `page`; the rest of the query must stay the same */
                pageToken?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @constant */
                        code: 0;
                        /** @constant */
                        message: "OK";
                        data: {
                            backupRecords: components["schemas"]["BackupRecord"][];
                        };
                        page: components["schemas"]["Page"];
                    };
                };
            };
        };
    };
    startBackup: {
        parameters: {
            query?: {
                /** @description true: return what would happen, without changing anything */
                plan?: "true" | "false";
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["StartBackupRequest"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @constant */
                        code: 0;
                        /** @constant */
                        message: "OK";
                        data: {
                            workFlowId: string;
                            backupId: string;
                        } | {
                            plan: components["schemas"]["BackupPlan"];
                        };
                    };
                };
            };
        };
    };
    deleteBackups: {
        parameters: {
            query: {
                /** @description The cluster, by the id that it is registered with */
                clusterId: string;
                /** @description Only manual, or only automatic, backups */
                backupMode?: "manual" | "auto";
                /** @description A backup of the cluster; may be given several times */
                excludeBackupId?: string[];
                /** @description true: return what would happen, without changing anything */
                plan?: "true" | "false";
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @constant */
                        code: 0;
                        /** @constant */
                        message: "OK";
                        data: Record<string, never> | {
                            plan: components["schemas"]["DeletionPlan"];
                        };
                    };
                };
            };
        };
    };
    getBackupEvidence: {
        parameters: {
            query?: {
                /** @description csv: a file with a header and a row for each backup and missed window (RFC 4180); defaults to json */
                format?: "json" | "csv";
            };
            header?: never;
            path: {
                /** @description The backup, by the id of its record */
                backupId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @constant */
                        code: 0;
                        /** @constant */
                        message: "OK";
                        data: {
                            /**
                             * Format: date-time
                             * @description Time of this answer
                             */
                            asOf: string;
                            evidence: components["schemas"]["BackupEvidence"];
                            /** @description What its files now cost a month on S3, with a second copy, at the list prices of plans; omitted if it has not finished, or lies elsewhere */
                            perMonthUsd?: number;
                            /** @description What `evidence.drill` compared, table by table; omitted if nothing was compared, or by a release that kept no list */
                            drillTables?: {
                                /** @description Problems first */
                                tables: {
                                    database: string;
                                    /** @description Omitted for a database that is missing as a whole */
                                    table?: string;
                                    /** @enum {string} */
                                    kind?: "view" | "sequence" | "temporary table";
                                    /**
                                     * @description `unexpected`: it was restored, but the backup does not hold it
                                     * @enum {string}
                                     */
                                    outcome: "equal" | "differs" | "missing" | "unexpected" | "notCompared";
                                    /** @description Number of rows at the snapshot of the backup; omitted if unknown */
                                    rows?: string;
                                    /** @description Number of key-value pairs including indexes; omitted if unknown */
                                    keyValues?: string;
                                    /** @description Checksum of its rows; omitted if unknown */
                                    checksum?: string;
                                    /** @description What differs, why it could not be compared, or what TiDB itself changed when it restored the table */
                                    detail?: string;
                                }[];
                                /** @description How many more there are; omitted if all are listed */
                                omitted?: number;
                            };
                        };
                    };
                };
            };
        };
    };
    listWorkflows: {
        parameters: {
            query?: {
                /** @description Only workflows about that cluster or backup */
                bizId?: string;
                /** @description It is `cluster` for every workflow; other values match nothing */
                bizType?: string;
                /** @description Only workflows of that kind */
                flowName?: "BackupCluster" | "RestoreExistCluster" | "DeleteBackup" | "UndeleteBackup" | "RestoreNewCluster" | "RestoreDrill" | "CheckCluster" | "CheckConfig" | "ImportBackups";
                /** @description Only workflows in that state */
                status?: "Initializing" | "Processing" | "Finished" | "Error" | "Canceled";
                /** @description Counts from 1. Defaults to 1, or to the position of `pageToken` */
                page?: number;
                /** @description Maximum number of items on a page; defaults to 10 */
                pageSize?: number;
                /** @description The `nextPageToken` of the previous page, instead of `page`; the rest of the query must stay the same */
                pageToken?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @constant */
                        code: 0;
                        /** @constant */
                        message: "OK";
                        data: {
                            workFlows: components["schemas"]["WorkFlowInfo"][];
                        };
                        page: components["schemas"]["Page"];
                    };
                };
            };
        };
    };
    getWorkflow: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The workflow; a backup has the same id as its workflow */
                workFlowId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @constant */
                        code: 0;
                        /** @constant */
                        message: "OK";
                        data: {
                            info: components["schemas"]["WorkFlowInfo"];
                            nodes: components["schemas"]["WorkFlowNodeInfo"][];
                            nodeNames: string[];
                        };
                    };
                };
            };
        };
    };
    getImport: {
        parameters: {
            query?: {
                /** @description Page of the list; defaults to the first */
                page?: number;
            };
            header?: never;
            path: {
                /** @description The workflow; a backup has the same id as its workflow */
                workFlowId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @constant */
                        code: 0;
                        /** @constant */
                        message: "OK";
                        data: {
                            /** @enum {string} */
                            status: "Initializing" | "Processing" | "Finished" | "Error" | "Canceled";
                            isPlan: boolean;
                            /** @description Number of pages of the list so far */
                            pages: number;
                            counts: {
                                /** @description Records written; in a plan, records that would be written */
                                imported: number;
                                /** @description Backups that already have a record */
                                present: number;
                                /** @description Folders that cannot be imported, each listed with its reason */
                                skipped: number;
                            };
                            /** @description The entries of the page, kept for 30 days */
                            entries: components["schemas"]["ImportEntry"][];
                        };
                    };
                };
            };
        };
    };
    getConfig: {
        parameters: {
            query: {
                /** @description The key */
                configKey: "BackupStorageType" | "BackupStoragePath" | "BackupS3Endpoint" | "BackupS3Region" | "BackupS3Provider" | "BackupS3AccessKey" | "BackupS3SecretAccessKey" | "BackupS3SessionToken" | "BackupRateLimit" | "BackupConcurrency" | "RestoreRateLimit" | "RestoreConcurrency" | "maxConcurrentAutoBackups";
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @constant */
                        code: 0;
                        /** @constant */
                        message: "OK";
                        data: {
                            /** @enum {string} */
                            configKey: "BackupStorageType" | "BackupStoragePath" | "BackupS3Endpoint" | "BackupS3Region" | "BackupS3Provider" | "BackupS3AccessKey" | "BackupS3SecretAccessKey" | "BackupS3SessionToken" | "BackupRateLimit" | "BackupConcurrency" | "RestoreRateLimit" | "RestoreConcurrency" | "maxConcurrentAutoBackups";
                            configValue: string;
                            /** @description The result of the last check of the store; omitted if none has ended yet */
                            check?: components["schemas"]["CheckResult"];
                        };
                    };
                };
            };
        };
    };
    listConfig: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @constant */
                        code: 0;
                        /** @constant */
                        message: "OK";
                        data: {
                            config: {
                                /** @enum {string} */
                                configKey: "BackupStorageType" | "BackupStoragePath" | "BackupS3Endpoint" | "BackupS3Region" | "BackupS3Provider" | "BackupS3AccessKey" | "BackupS3SecretAccessKey" | "BackupS3SessionToken" | "BackupRateLimit" | "BackupConcurrency" | "RestoreRateLimit" | "RestoreConcurrency" | "maxConcurrentAutoBackups";
                                /** @description Omitted if it has not been set. A secret is answered as ****** */
                                configValue?: string;
                            }[];
                            /** @description The result of the last check of the store; omitted if none has ended yet */
                            check?: components["schemas"]["CheckResult"];
                        };
                    };
                };
            };
        };
    };
    getOpenApiDocument: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The document */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @constant */
                        openapi: "3.1.1";
                    } & {
                        [key: string]: unknown;
                    };
                };
            };
        };
    };
    restoreIntoNewCluster: {
        parameters: {
            query?: {
                /** @description true: return what would happen, without changing anything */
                plan?: "true" | "false";
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["RestoreIntoNewClusterRequest"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @constant */
                        code: 0;
                        /** @constant */
                        message: "OK";
                        data: {
                            workFlowId: string;
                            clusterId: string;
                            /** @description TiEM's spelling of `clusterId` */
                            clusterID: string;
                        } | {
                            plan: components["schemas"]["RestorePlan"];
                        };
                    };
                };
            };
        };
    };
    restoreIntoCluster: {
        parameters: {
            query?: {
                /** @description true: return what would happen, without changing anything */
                plan?: "true" | "false";
            };
            header?: never;
            path: {
                /** @description The cluster, by the id that it is registered with */
                clusterId: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["RestoreIntoClusterRequest"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @constant */
                        code: 0;
                        /** @constant */
                        message: "OK";
                        data: {
                            workFlowId: string;
                        } | {
                            plan: components["schemas"]["RestorePlan"];
                        };
                    };
                };
            };
        };
    };
    checkCluster: {
        parameters: {
            query?: {
                /** @description true: lock the cluster, create a database with one row, back it up, restore it, and remove both. This proves the rights of TiDB and TiKV on the store */
                scratch?: "true" | "false";
                /** @description true: return what would happen, without changing anything */
                plan?: "true" | "false";
            };
            header?: never;
            path: {
                /** @description The cluster, by the id that it is registered with */
                clusterId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @constant */
                        code: 0;
                        /** @constant */
                        message: "OK";
                        data: {
                            workFlowId: string;
                        } | {
                            plan: components["schemas"]["CheckPlan"];
                        };
                    };
                };
            };
        };
    };
    cancelBackup: {
        parameters: {
            query?: {
                /** @description true: return what would happen, without changing anything */
                plan?: "true" | "false";
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["CancelBackupRequest"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @constant */
                        code: 0;
                        /** @constant */
                        message: "OK";
                        data: Record<string, never> | {
                            plan: components["schemas"]["ChangePlan"];
                        };
                    };
                };
            };
        };
    };
    importBackups: {
        parameters: {
            query?: {
                /** @description true: only list what would be imported. The plan is a workflow too, because the API cannot reach files */
                plan?: "true" | "false";
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["ImportBackupsRequest"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @constant */
                        code: 0;
                        /** @constant */
                        message: "OK";
                        data: {
                            workFlowId: string;
                        };
                    };
                };
            };
        };
    };
    drillBackup: {
        parameters: {
            query?: {
                /** @description true: return what would happen, without changing anything */
                plan?: "true" | "false";
            };
            header?: never;
            path: {
                /** @description The backup, by the id of its record */
                backupId: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["DrillBackupRequest"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @constant */
                        code: 0;
                        /** @constant */
                        message: "OK";
                        data: {
                            workFlowId: string;
                        } | {
                            plan: components["schemas"]["RestorePlan"];
                        };
                    };
                };
            };
        };
    };
    undeleteBackup: {
        parameters: {
            query?: {
                /** @description true: return what would happen, without changing anything */
                plan?: "true" | "false";
            };
            header?: never;
            path: {
                /** @description The backup, by the id of its record */
                backupId: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @constant */
                        code: 0;
                        /** @constant */
                        message: "OK";
                        data: {
                            workFlowId: string;
                        } | {
                            plan: components["schemas"]["UndeletePlan"];
                        };
                    };
                };
            };
        };
    };
    deleteBackup: {
        parameters: {
            query?: {
                /** @description true: delete the incremental backups that build on it too */
                force?: "true" | "false";
                /** @description true: return what would happen, without changing anything */
                plan?: "true" | "false";
            };
            header?: never;
            path: {
                /** @description The backup, by the id of its record */
                backupId: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["DeleteBackupRequest"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @constant */
                        code: 0;
                        /** @constant */
                        message: "OK";
                        data: {
                            /**
                             * Format: date-time
                             * @description The record stays `Deleting` until its files can be deleted
                             */
                            lockedUntil?: string;
                            /** @description With `force`: all deleted backups, from the end of the chain */
                            deletedBackupIds?: string[];
                        } | {
                            plan: components["schemas"]["DeletionPlan"];
                        };
                    };
                };
            };
        };
    };
    updateConfig: {
        parameters: {
            query?: {
                /** @description true: return what would happen, without changing anything */
                plan?: "true" | "false";
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["UpdateConfigRequest"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @constant */
                        code: 0;
                        /** @constant */
                        message: "OK";
                        data: Record<string, never> | {
                            plan: components["schemas"]["ChangePlan"];
                        };
                    };
                };
            };
        };
    };
    checkConfig: {
        parameters: {
            query?: {
                /** @description true: return what would happen, without changing anything */
                plan?: "true" | "false";
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @constant */
                        code: 0;
                        /** @constant */
                        message: "OK";
                        data: {
                            workFlowId: string;
                        } | {
                            plan: components["schemas"]["CheckPlan"];
                        };
                    };
                };
            };
        };
    };
}

/** The name of each error code. */
export const ERROR_NAMES = {
  10000: 'TIEM_UNRECOGNIZED_ERROR',
  10001: 'TIEM_PARAMETER_INVALID',
  10003: 'TIEM_CLUSTER_NOT_FOUND',
  20114: 'TIEM_CLUSTER_MAINTENANCE_CONFLICT',
  20600: 'TIEM_BACKUP_SYSTEM_CONFIG_NOT_FOUND',
  20601: 'TIEM_BACKUP_SYSTEM_CONFIG_INVAILD',
  20602: 'TIEM_BACKUP_RECORD_CREATE_FAILED',
  20603: 'TIEM_BACKUP_RECORD_DELETE_FAILED',
  20604: 'TIEM_BACKUP_RECORD_QUERY_FAILED',
  20605: 'TIEM_BACKUP_STRATEGY_SAVE_FAILED',
  20606: 'TIEM_BACKUP_STRATEGY_QUERY_FAILED',
  20607: 'TIEM_BACKUP_STRATEGY_DELETE_FAILED',
  20610: 'TIEM_BACKUP_RECORD_INVALID',
  20611: 'TIEM_BACKUP_RECORD_CANCEL_FAILED',
  20612: 'TIEM_BACKUP_RECORD_NOT_FOUND',
  40100: 'TIEM_WORKFLOW_CREATE_FAILED',
  40101: 'TIEM_WORKFLOW_QUERY_FAILED',
  40102: 'TIEM_WORKFLOW_DETAIL_FAILED',
  40103: 'TIEM_WORKFLOW_START_FAILED',
  70600: 'TIEM_UNAUTHORIZED_USER',
} as const;
