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
         * @description The registered clusters, newest first. Takes the scope `backup:read`.
         */
        get: operations["listClusters"];
        /**
         * Register a TiDB cluster, and start a check of it
         * @description Register a TiDB cluster, and start a check of it. With `plan=true` it says what it would do, and changes nothing. Takes the scope `backup:admin`.
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
         * A registered cluster, what holds it, and what its last check found
         * @description A registered cluster, what holds it, and what its last check found. Takes the scope `backup:read`.
         */
        get: operations["getCluster"];
        /**
         * Replace the registration of a cluster; its account and what is set of TLS stay where none is given
         * @description Replace the registration of a cluster; its account and what is set of TLS stay where none is given. With `plan=true` it says what it would do, and changes nothing. Takes the scope `backup:admin`.
         */
        put: operations["updateCluster"];
        /**
         * Forget a cluster; its backups stay unless they are to be deleted too
         * @description Forget a cluster; its backups stay unless they are to be deleted too. With `plan=true` it says what it would do, and changes nothing. Takes the scope `backup:admin`.
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
         * @description The auto-backup strategy of a cluster. Takes the scope `backup:read`.
         */
        get: operations["getStrategy"];
        /**
         * Create or replace the auto-backup strategy of a cluster
         * @description Create or replace the auto-backup strategy of a cluster. With `plan=true` it says what it would do, and changes nothing. Takes the scope `backup:write`.
         */
        put: operations["saveStrategy"];
        /**
         * Delete the auto-backup strategy of a cluster; deleting none is a success
         * @description Delete the auto-backup strategy of a cluster; deleting none is a success. With `plan=true` it says what it would do, and changes nothing. Takes the scope `backup:write`.
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
         * What a cluster's retention would remove now and what it would keep, and why; or what a proposed rule would
         * @description What a cluster's retention would remove now and what it would keep, and why; or what a proposed rule would. Takes the scope `backup:read`.
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
         * What is recorded of a cluster's backups in a time range, for an auditor, with the windows in which none was started; newest first
         * @description What is recorded of a cluster's backups in a time range, for an auditor, with the windows in which none was started; newest first. Takes the scope `backup:read`.
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
         * @description A cluster's backups and missed windows in a time range, for charts and timelines; newest first. Takes the scope `backup:read`.
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
         * How each cluster is doing: its newest backups against their limits, what runs, what comes next
         * @description How each cluster is doing: its newest backups against their limits, what runs, what comes next. Takes the scope `backup:read`.
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
         * @description Backup records, newest first. Takes the scope `backup:read`.
         */
        get: operations["listBackups"];
        /**
         * Start a backup now
         * @description Start a backup now. With `plan=true` it says what it would do, and changes nothing. Takes the scope `backup:write`.
         */
        post: operations["startBackup"];
        /**
         * Delete the backup records of a cluster and their files, but for those in use and what they build upon
         * @description Delete the backup records of a cluster and their files, but for those in use and what they build upon. With `plan=true` it says what it would do, and changes nothing. Takes the scope `backup:write`.
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
         * What is recorded of a backup, for an auditor: what was backed up when, the chain, where it lies, its lock and its last drill
         * @description What is recorded of a backup, for an auditor: what was backed up when, the chain, where it lies, its lock and its last drill. Takes the scope `backup:read`.
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
         * @description Workflows, newest first. Takes the scope `backup:read`.
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
         * A workflow, and what its nodes did
         * @description A workflow, and what its nodes did. Takes the scope `backup:read`.
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
         * What an import, or its plan, has found: each folder, and what became of it
         * @description What an import, or its plan, has found: each folder, and what became of it. Takes the scope `backup:read`.
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
         * One key of the system configuration, and what the last check of the store found
         * @description One key of the system configuration, and what the last check of the store found. Takes the scope `backup:read`.
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
         * @description Every key of the system configuration, and what the last check of the store found. Takes the scope `backup:read`.
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
         * @description This description. Takes the scope `backup:read`.
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
         * Restore a finished backup into a new cluster: a running, empty one, or one that the provisioner makes
         * @description Restore a finished backup into a new cluster: a running, empty one, or one that the provisioner makes. With `plan=true` it says what it would do, and changes nothing. Takes the scope `backup:restore`.
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
         * @description Restore a finished backup into this cluster. With `plan=true` it says what it would do, and changes nothing. Takes the scope `backup:restore`.
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
         * Check what backups and restores of the cluster need: endpoints, account, versions, clocks, the store; the result is in the cluster. With scratch, also take and restore a backup of a database made for it
         * @description Check what backups and restores of the cluster need: endpoints, account, versions, clocks, the store; the result is in the cluster. With scratch, also take and restore a backup of a database made for it. With `plan=true` it says what it would do, and changes nothing. Takes the scope `backup:write`.
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
         * @description Cancel a running backup. With `plan=true` it says what it would do, and changes nothing. Takes the scope `backup:write`.
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
         * Write the records of backups that have none, from what lies beside their files; or plan to
         * @description Write the records of backups that have none, from what lies beside their files; or plan to. Takes the scope `backup:admin`.
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
         * Restore a finished backup into a throwaway cluster, compare it with what was noted of it, and keep the evidence
         * @description Restore a finished backup into a throwaway cluster, compare it with what was noted of it, and keep the evidence. With `plan=true` it says what it would do, and changes nothing. Takes the scope `backup:restore`.
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
         * Bring back the files of a finished backup that somebody else has deleted or overwritten, from the versions that its bucket keeps, and prove that it is whole
         * @description Bring back the files of a finished backup that somebody else has deleted or overwritten, from the versions that its bucket keeps, and prove that it is whole. With `plan=true` it says what it would do, and changes nothing. Takes the scope `backup:write`.
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
         * Delete a backup record and its files; while these are locked, as soon as they no longer are. With force, the incremental backups that build upon it are deleted too
         * @description Delete a backup record and its files; while these are locked, as soon as they no longer are. With force, the incremental backups that build upon it are deleted too. With `plan=true` it says what it would do, and changes nothing. Takes the scope `backup:write`.
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
         * @description Change one key of the system configuration. With `plan=true` it says what it would do, and changes nothing. Takes the scope `backup:admin`.
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
         * Check the store that the configuration names, as the service itself reaches it; the result is in the configuration
         * @description Check the store that the configuration names, as the service itself reaches it; the result is in the configuration. With `plan=true` it says what it would do, and changes nothing. Takes the scope `backup:write`.
         */
        post: operations["checkConfig"];
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        Failure: {
            /** @description The error's number in TiEM's table */
            code: number;
            /** @description What was wrong, and what would be right */
            message: string;
            data: Record<string, never>;
        };
        /** @description What API Gateway answers by itself */
        GatewayRefusal: {
            /** @description API Gateway's words */
            message: string;
        };
        Page: {
            page: number;
            pageSize: number;
            /** @description How many match, on all pages */
            total: number;
            /** @description Sent as `pageToken`, it is answered with the next page: records that come or go meanwhile are neither repeated nor skip others. Absent on the last page */
            nextPageToken?: string;
        };
        UncountedPage: {
            page: number;
            pageSize: number;
            /** @description Sent as `pageToken`, it is answered with the next page: records that come or go meanwhile are neither repeated nor skip others. Absent on the last page */
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
            /** @description What was given for TLS: the authorities that may have signed the certificate of TiDB, and the certificate that the service shows it; absent: neither */
            readonly certificates?: {
                ca?: {
                    secretArn: string;
                } | {
                    subject: string;
                    /**
                     * Format: date-time
                     * @description When this was answered
                     */
                    validTo: string;
                };
                client?: {
                    secretArn: string;
                } | {
                    subject: string;
                    /**
                     * Format: date-time
                     * @description When this was answered
                     */
                    validTo: string;
                };
            };
            timezone: string;
            /**
             * @description Where its backups run, and restores into it; absent: where they are estimated to fit
             * @enum {string}
             */
            executor?: "lambda" | "fargate";
            /**
             * @description As `GET` answers it; ignored in a request
             * @constant
             */
            readonly status: "Running";
            /** @description The TiDB that its newest backup was taken of, by the id that PD gave it. Backups of another one do not count for its retention, chains, drills and ages; those that do not tell theirs count from `since` on. `formerClusterId` is what it led to before. Absent: no backup has finished yet */
            readonly tidb?: {
                clusterId: string;
                /** Format: date-time */
                since: string;
                formerClusterId?: string;
            };
            /** @description As `GET` answers it; ignored in a request */
            readonly maintenanceStatus: "" | ("BackUp" | "Restore" | "Deleting");
            /** @description The backup or workflow that holds it; absent: nothing does */
            readonly operationId?: string;
            /**
             * Format: date-time
             * @description Since when it does
             */
            readonly maintenanceSince?: string;
            /**
             * Format: date-time
             * @description When this was answered
             */
            readonly createTime: string;
            /**
             * Format: date-time
             * @description When this was answered
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
            /** @description What was given for TLS: the authorities that may have signed the certificate of TiDB, and the certificate that the service shows it; absent: neither */
            readonly certificates?: {
                ca?: {
                    secretArn: string;
                } | {
                    subject: string;
                    /**
                     * Format: date-time
                     * @description When this was answered
                     */
                    validTo: string;
                };
                client?: {
                    secretArn: string;
                } | {
                    subject: string;
                    /**
                     * Format: date-time
                     * @description When this was answered
                     */
                    validTo: string;
                };
            };
            timezone: string;
            /**
             * @description Where its backups run, and restores into it; absent: where they are estimated to fit
             * @enum {string}
             */
            executor?: "lambda" | "fargate";
            /**
             * @description As `GET` answers it; ignored in a request
             * @constant
             */
            readonly status: "Running";
            /** @description The TiDB that its newest backup was taken of, by the id that PD gave it. Backups of another one do not count for its retention, chains, drills and ages; those that do not tell theirs count from `since` on. `formerClusterId` is what it led to before. Absent: no backup has finished yet */
            readonly tidb?: {
                clusterId: string;
                /** Format: date-time */
                since: string;
                formerClusterId?: string;
            };
            /** @description As `GET` answers it; ignored in a request */
            readonly maintenanceStatus: "" | ("BackUp" | "Restore" | "Deleting");
            /** @description The backup or workflow that holds it; absent: nothing does */
            readonly operationId?: string;
            /**
             * Format: date-time
             * @description Since when it does
             */
            readonly maintenanceSince?: string;
            /**
             * Format: date-time
             * @description When this was answered
             */
            readonly createTime: string;
            /**
             * Format: date-time
             * @description When this was answered
             */
            readonly updateTime: string;
            /** @description What the last check found; absent: none has ended yet */
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
            /** @description Which endpoint, privilege or path it is about, where there are several */
            subject?: string;
            /**
             * @description `failed`: backups or restores will fail; `warning`: they work, but something should be changed; `skipped`: it could not be, or need not be, looked at
             * @enum {string}
             */
            status: "passed" | "skipped" | "warning" | "failed";
            /** @description What was found */
            message: string;
            /** @description What to do about it */
            remedy?: string;
        };
        BackupStrategy: {
            /** @description As `GET` answers it; ignored in a request */
            readonly clusterId: string;
            backupDate: string;
            period: string;
            timezone: string;
            paused: boolean;
            /** @description Days of `backupDate` on which the backup is full; on the others it is incremental; empty or absent: always full */
            fullBackupDate?: string;
            /** @description Whether a full backup is taken where TiDB no longer knows what has changed since the last one; else the backup fails and says so */
            fallbackToFull?: boolean;
            /** @description What is backed up; absent: everything */
            scope?: components["schemas"]["Scope"];
            /** @description When the newest finished backup, automatic or not, is older, an alarm is raised, also while the strategy is paused; absent: never */
            maxBackupAgeHours?: number;
            /** @description Which of the automatic backups stay; absent: all of them */
            retention?: {
                /** @description The newest so many automatic backups */
                keepLast?: number;
                /** @description The newest of each of the last so many days that have one */
                keepDaily?: number;
                /** @description The newest of each of the last so many ISO weeks that have one */
                keepWeekly?: number;
                /** @description The newest of each of the last so many months that have one */
                keepMonthly?: number;
                /** @description The newest of each of the last so many years that have one */
                keepYearly?: number;
                /** @description What is older goes, whatever keeps it; alone, everything younger stays */
                maxAgeDays?: number;
            };
            /** @description Weekdays after whose windows the newest finished backup is drilled; absent: no drill starts by itself */
            drill?: {
                backupDate: string;
                /** @description What a restored backup must answer: each with one row whose first column is true */
                assertions?: string[];
                /** @description What only the provisioner understands: size, version, zone, … Shown in the workflow's detail, so nothing secret */
                parameters?: {
                    [key: string]: unknown;
                };
                /**
                 * @description Where it restores and compares; absent: where it is estimated to fit
                 * @enum {string}
                 */
                executor?: "lambda" | "fargate";
            };
            /** @description When the newest backup that a drill has verified is older, an alarm is raised, also while the strategy is paused; absent: never */
            maxVerifiedAgeHours?: number;
            /** @description As `GET` answers it; ignored in a request */
            readonly nextRuns: string[];
            /** @description The last window in which none was started, and why */
            readonly lastMissed?: {
                /** Format: date-time */
                start: string;
                /** Format: date-time */
                end: string;
                reason: string;
            };
            /** @description The last window that a change of the strategy ended while it was open and none had been started */
            readonly lastCanceled?: {
                /** Format: date-time */
                start: string;
                /** Format: date-time */
                end: string;
                reason: string;
            };
        };
        /** @description Whole databases, or single tables as SQL writes them: backticks around a name that holds a dot, a backtick or a blank. Absent: everything */
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
             * @description When this was answered
             */
            createTime: string;
            sizeBytes: string;
            /** @enum {string} */
            action: "keep" | "remove";
            /** @description For people; their words may change */
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
            /** @description What was backed up; absent: everything */
            scope?: components["schemas"]["Scope"];
            /**
             * Format: date-time
             * @description When this was answered
             */
            createTime: string;
            /**
             * Format: date-time
             * @description When its first attempt began; absent: none has
             */
            startTime?: string;
            /**
             * Format: date-time
             * @description When it ended; absent: it has not
             */
            endTime?: string;
            /** @description The snapshot that it holds, in TiDB's own time; absent of a backup that has not finished */
            backupTso?: string;
            /** @description All backups that a restore of it needs, each with its snapshot: the full one first, this one last */
            chain: {
                backupId: string;
                backupTso?: string;
            }[];
            /** @description Why `chain` does not begin with a full backup; absent: it does */
            chainIncomplete?: string;
            /** @description Absent of a backup that has not finished */
            sizeBytes?: string;
            /** @description How many files it has; absent: it is not known */
            files?: number;
            /** @description Where its files lie */
            location: string;
            /** @description Where the second copy lies, or will; absent: there is none */
            copyPath?: string;
            /**
             * Format: date-time
             * @description When a listing of the second copy first had every file; absent: none has yet
             */
            copiedAt?: string;
            /**
             * Format: date-time
             * @description Until when nobody can delete its files (S3 Object Lock); absent: they are not locked, as far as is known
             */
            lockedUntil?: string;
            /**
             * Format: date-time
             * @description Of a manual one: when retention removes it; absent: never. Of an automatic one that was imported: when a rule may, at the soonest
             */
            expireAt?: string;
            /** @description Why retention removes it; absent: it does not */
            deletionReason?: string;
            /** @description The release of TiDB that took it; absent: it is not known */
            tidbVersion?: string;
            /** @description PD's id of that TiDB; absent: it is not known */
            tidbClusterId?: string;
            /** @description Why it failed, or could not be deleted yet; absent: it did not */
            error?: {
                code: number;
                message: string;
            };
            /** @description What was noted of its tables, for a drill to compare; absent: nothing was to be */
            checksums?: {
                /** @description Tables whose rows were noted */
                tables?: number;
                /**
                 * @description What of the tables: their rows, or also the number of their key-value pairs, indexes included, which takes an account with SUPER
                 * @enum {string}
                 */
                comparison?: "rows" | "rowsAndKeyValues";
                /** @description Tables, views and sequences of the backup that could not be read, and that no drill compares */
                unreadable?: number;
                /** @description The first of them, each with the reason */
                unreadableExamples?: string[];
                /** @description Why nothing was noted */
                missing?: string;
            };
            /**
             * Format: date-time
             * @description When a drill last found everything as it was noted; absent: none has, or a later one has not
             */
            verifiedAt?: string;
            /** @description How long that drill took from the start of the restore until all was compared and asserted */
            recoverySeconds?: number;
            /** @description Why the latest drill came to no verdict (the throwaway cluster could not be made or reached, the store refused the keys, …), which says nothing of the backup: evidence and verifiedAt stay; absent: it came to one */
            lastFailure?: {
                workFlowId: string;
                /**
                 * Format: date-time
                 * @description When it failed
                 */
                time: string;
                reason: string;
            };
            /** @description The last drill that came to a verdict, and what it compared; absent: none has */
            drill?: {
                workFlowId: string;
                /**
                 * Format: date-time
                 * @description When it came to this
                 */
                time: string;
                /** @enum {string} */
                result: "passed" | "failed";
                /**
                 * @description The second copy was restored; absent: the files as they were written
                 * @constant
                 */
                source?: "copy";
                /** @description Of one that failed: why */
                reason?: string;
                /** @description Of one that failed before anything was compared: the name of the failure, as `FilesLost` */
                failure?: string;
                /** @description Tables whose rows were compared */
                tables: number;
                /**
                 * @description What of the tables: their rows, or also the number of their key-value pairs, indexes included, which takes an account with SUPER
                 * @enum {string}
                 */
                comparison?: "rows" | "rowsAndKeyValues";
                /** @description How many these have together */
                rows: string;
                /** @description The first of what was not as it was noted: tables, views, sequences, their definitions and rows */
                mismatches: string[];
                /** @description The first of what TiDB changes by itself when it restores (TTL is off, TiFlash replicas are dropped, …), which is no damage */
                changedByRestore?: string[];
                /** @description The first of what could not be compared, each with the reason */
                notCompared?: string[];
                assertions: {
                    assertion: string;
                    passed: boolean;
                    /** @description Why it could not be answered */
                    error?: string;
                }[];
                /** @description From the request until the throwaway cluster was ready; not a part of the recovery: who recovers may have a cluster */
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
             * @description When this was answered
             */
            createTime: string;
            /** @description The backup that an incremental one builds upon */
            baseBackupId?: string;
            /**
             * Format: date-time
             * @description Of a finished backup: when its first attempt began
             */
            startTime?: string;
            /**
             * Format: date-time
             * @description Of a finished backup
             */
            endTime?: string;
            /** @description Of a finished backup */
            sizeBytes?: string;
            /** @description How long its last successful drill took; of the newest 100 */
            recoverySeconds?: number;
        };
        ClusterOverview: {
            clusterId: string;
            clusterName: string;
            /** @description The strategy's, or without one the cluster's */
            timezone: string;
            maintenanceStatus: "" | ("BackUp" | "Restore" | "Deleting");
            /** @description The backup or workflow that holds it; absent: nothing does */
            operationId?: string;
            /**
             * Format: date-time
             * @description When this was answered
             */
            maintenanceSince?: string;
            /** @description Of a backup that holds it, in percent */
            progress?: number;
            /** @description What the operation does just now, in words for people */
            step?: string;
            /** @description Up to ten finished backups, newest first */
            recentBackups: {
                backupId: string;
                /** @enum {string} */
                backupType: "full" | "incr";
                /**
                 * Format: date-time
                 * @description When this was answered
                 */
                endTime: string;
                sizeBytes: string;
            }[];
            /** @description As the strategy says; absent: it names none */
            maxBackupAgeHours?: number;
            /** @description Whether the newest verified backup is older than `maxVerifiedAgeHours` */
            isOverdue: boolean;
            /** @description The newest backup that a drill has verified */
            newestVerified?: {
                backupId: string;
                /**
                 * Format: date-time
                 * @description When this was answered
                 */
                endTime: string;
            };
            /** @description As the strategy says; absent: it names none */
            maxVerifiedAgeHours?: number;
            /** @description Whether the newest verified backup is older than `maxVerifiedAgeHours` */
            isUnverified: boolean;
            /** @description Whether the strategy is paused; absent: there is none */
            paused?: boolean;
            /** @description The window that is open or opens next; absent: there is none */
            nextWindow?: {
                /**
                 * Format: date-time
                 * @description When this was answered
                 */
                start: string;
                /**
                 * Format: date-time
                 * @description When this was answered
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
            /**
             * @description What its last check came to; absent: none has ended yet
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
             * @description When this was answered
             */
            startTime: string;
            /**
             * Format: date-time
             * @description When this was answered
             */
            endTime: string;
            /**
             * Format: date-time
             * @description When this was answered
             */
            createTime: string;
            /**
             * Format: date-time
             * @description When this was answered
             */
            updateTime: string;
            /**
             * Format: date-time
             * @description When this was answered
             */
            deleteTime: string;
            sizeBytes: string;
            /** @description Percent; absent where it says nothing: of a backup that failed, say */
            progress?: number;
            /** @description Of a backup that is Processing: what it does just now, in words for people */
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
             * @description What runs the statement: a function, which lives for a quarter of an hour, or the worker, which lives as long as it takes
             * @enum {string}
             */
            executor: "lambda" | "fargate";
            /** @description The release of TiDB that took it, such as `v8.5.0`; absent: it is not known */
            tidbVersion?: string;
            /** @description The TiDB that it was taken of, by the id that PD gave it; absent until it is finished, or if it is not known */
            tidbClusterId?: string;
            /** @description Of its cluster; it can be restored only where it is the same; absent: it is not known */
            newCollationEnabled?: boolean;
            /** @description What was backed up; absent: everything */
            scope?: components["schemas"]["Scope"];
            /** @description Of an incremental backup: the one that it builds upon, and cannot be restored without */
            baseBackupId?: string;
            /** @description Of a full backup that was to be an incremental one: why that could not be; its strategy has `fallbackToFull` */
            fullBecause?: string;
            /** @description How many files it has; absent until it is finished, or if they could not be counted */
            files?: number;
            /** @description Why retention removes it; absent: a user asked for its deletion, or nobody */
            deletionReason?: string;
            /**
             * Format: date-time
             * @description Until when nobody can delete its files (S3 Object Lock); absent: they are not locked, as far as is known
             */
            lockedUntil?: string;
            /**
             * Format: date-time
             * @description Of a manual one: when retention removes it; absent: never. Of an automatic one that was imported: when a rule may, at the soonest
             */
            expireAt?: string;
            /** @description When and by which workflow its record was written again from its files; absent: it was never lost */
            imported?: {
                /**
                 * Format: date-time
                 * @description When this was answered
                 */
                time: string;
                workFlowId: string;
                /** @description Whether `backupmeta` alone told of it: what it was asked to hold is not known */
                withoutManifest?: boolean;
            };
            /** @description What was noted of its tables, for a drill to compare; absent: nothing was to be */
            checksums?: {
                /** @description Tables whose rows were noted */
                tables?: number;
                /**
                 * @description What of the tables: their rows, or also the number of their key-value pairs, indexes included, which takes an account with SUPER
                 * @enum {string}
                 */
                comparison?: "rows" | "rowsAndKeyValues";
                /** @description Tables, views and sequences of the backup that could not be read, and that no drill compares */
                unreadable?: number;
                /** @description The first of them, each with the reason */
                unreadableExamples?: string[];
                /** @description Why nothing was noted */
                missing?: string;
            };
            /** @description Where S3 copies its files to, in another region or account; absent: nowhere */
            copyPath?: string;
            /**
             * Format: date-time
             * @description When every file of it was found there, so that it can be restored with `"source": "copy"`; absent: not yet
             */
            copiedAt?: string;
            /**
             * Format: date-time
             * @description When a drill last found everything as it was noted; absent: none has, or a later one has not
             */
            verifiedAt?: string;
            /** @description How long that drill took from the start of the restore until all was compared and asserted */
            recoverySeconds?: number;
            /** @description What the latest drill found that came to a verdict on the backup, or why a restore could not restore it; absent: none has */
            evidence?: {
                workFlowId: string;
                /**
                 * Format: date-time
                 * @description When it came to this
                 */
                time: string;
                /** @enum {string} */
                result: "passed" | "failed";
                /**
                 * @description The second copy was restored; absent: the files as they were written
                 * @constant
                 */
                source?: "copy";
                /** @description Of one that failed: why */
                reason?: string;
                /** @description Of one that failed before anything was compared: the name of the failure, as `FilesLost` */
                failure?: string;
                /** @description Tables whose rows were compared */
                tables: number;
                /**
                 * @description What of the tables: their rows, or also the number of their key-value pairs, indexes included, which takes an account with SUPER
                 * @enum {string}
                 */
                comparison?: "rows" | "rowsAndKeyValues";
                /** @description How many these have together */
                rows: string;
                /** @description The first of what was not as it was noted: tables, views, sequences, their definitions and rows */
                mismatches: string[];
                /** @description The first of what TiDB changes by itself when it restores (TTL is off, TiFlash replicas are dropped, …), which is no damage */
                changedByRestore?: string[];
                /** @description The first of what could not be compared, each with the reason */
                notCompared?: string[];
                assertions: {
                    assertion: string;
                    passed: boolean;
                    /** @description Why it could not be answered */
                    error?: string;
                }[];
                /** @description From the request until the throwaway cluster was ready; not a part of the recovery: who recovers may have a cluster */
                provisioningSeconds?: number;
            };
            /** @description Why the latest drill came to no verdict (the throwaway cluster could not be made or reached, the store refused the keys, …), which says nothing of the backup: evidence and verifiedAt stay; absent: it came to one */
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
             * @description When this was answered
             */
            createTime: string;
            /**
             * Format: date-time
             * @description When this was answered
             */
            updateTime: string;
            /**
             * Format: date-time
             * @description When this was answered
             */
            deleteTime: string;
            /** @description Of a restore that is Processing: what it does just now, in words for people; absent: its node tells */
            step?: string;
            /** @description Of a restore into a new cluster, or a drill: who makes that, and what became of it */
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
             * @description When this was answered
             */
            startTime: string;
            /**
             * Format: date-time
             * @description When this was answered
             */
            endTime: string;
        };
        ImportEntry: {
            /** @description The folder that was found: `s3://bucket/prefix` or `/mounted/path` */
            path: string;
            /** @description Absent: nothing tells it */
            backupId?: string;
            /** @description Absent: nothing tells it, or it was not read */
            clusterId?: string;
            /** @enum {string} */
            result: "imported" | "present" | "skipped";
            /** @description Why it was skipped; or what was changed as it was imported */
            reason?: string;
            /** @description The snapshot; absent: it was not read */
            backupTso?: string;
            /** @description Of an incremental backup without a manifest: the snapshot that it builds upon */
            baseTso?: string;
            /** @description Of an incremental backup: what it builds upon */
            base?: {
                backupId: string;
                backupTso: string;
            };
        };
        RegisterClusterRequest: {
            /** @description The id that it is to have; absent: one is made */
            clusterId?: string;
            clusterName: string;
            /** @description Its TiDB servers, or a load balancer before them */
            endpoints: string[];
            /**
             * @description IANA name of the time zone of its strategy, unless that names its own
             * @default UTC
             */
            timezone?: string;
            /**
             * @description Where its backups run, and restores into it, unless a request says otherwise; absent: where they are estimated to fit
             * @enum {string}
             */
            executor?: "lambda" | "fargate";
            /** @description The account of TiDB that backups and restores run as: a secret of your own, or a name and password that the service keeps */
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
            /** @description PEM of the authorities that may have signed the certificate of TiDB, for "verify"; absent: the public ones */
            ca?: string;
            /** @description In place of `ca`: a secret of your own whose text is the PEM */
            caSecretArn?: string;
            /** @description PEM of the certificate that the service shows to a TiDB which demands one, and of those between it and its authority */
            clientCertificate?: string;
            /** @description PEM of its private key, without a passphrase; never shown */
            clientKey?: string;
            /** @description In place of both: a secret of your own, JSON {"certificate": PEM, "key": PEM} */
            clientSecretArn?: string;
            /** @description As `GET` answers it; ignored in a request */
            readonly certificates?: unknown;
            /** @description As `GET` answers it; ignored in a request */
            readonly status?: unknown;
            /** @description As `GET` answers it; ignored in a request */
            readonly tidb?: unknown;
            /** @description As `GET` answers it; ignored in a request */
            readonly maintenanceStatus?: unknown;
            /** @description As `GET` answers it; ignored in a request */
            readonly operationId?: unknown;
            /** @description As `GET` answers it; ignored in a request */
            readonly maintenanceSince?: unknown;
            /** @description As `GET` answers it; ignored in a request */
            readonly createTime?: unknown;
            /** @description As `GET` answers it; ignored in a request */
            readonly updateTime?: unknown;
            /** @description As `GET` answers it; ignored in a request */
            readonly check?: unknown;
        };
        ChangePlan: {
            /** @enum {string} */
            action: "cancel" | "register" | "change" | "remove" | "saveStrategy" | "deleteStrategy" | "configure";
            /** @description Absent: of the configuration, or of a cluster whose id is made when it is */
            clusterId?: string;
            /** @description Of a cancellation */
            backupId?: string;
            /** @description What would be different afterwards, for people; empty: nothing */
            changes: string[];
            /** @description Of a strategy that would be saved: its next starts */
            nextRuns?: string[];
            /** @description Of the backups that would be deleted with their cluster */
            backups?: components["schemas"]["DeletionPlan"];
            /** @description Why the request would be refused at this moment: code and message of that answer. It says nothing of how it will be later */
            conflicts: {
                code: number;
                message: string;
            }[];
        };
        DeletionPlan: {
            /** @constant */
            action: "delete";
            deletes: {
                backupId: string;
                path: string;
                /** @description Absent: of a backup that did not finish nobody knows */
                sizeBytes?: string;
                files?: number;
                /**
                 * Format: date-time
                 * @description The record stays `Deleting` until then
                 */
                lockedUntil?: string;
            }[];
            /** @description What builds upon them and would have to go first, and does not: `force` is not given */
            dependents: string[];
            /** @description What would be passed over, and why */
            keeps: {
                backupId: string;
                reason: string;
            }[];
            sizeBytes: string;
            /** @description Of all of `deletes`; absent: those of one were not counted */
            files?: number;
            /**
             * Format: date-time
             * @description When the last of them would be gone, if one is locked
             */
            lockedUntil?: string;
            /** @description Why the request would be refused at this moment: code and message of that answer. It says nothing of how it will be later */
            conflicts: {
                code: number;
                message: string;
            }[];
            /** @description What only the workflow can look at, and may fail for */
            checksLeft: string[];
            /** @description What of it has a price; absent: duration or size is not known */
            cost?: {
                /** @description US dollars, as all of it */
                onceUsd: number;
                /** @description Less than zero: what is no longer paid */
                perMonthUsd: number;
                /** @description What it is made of; units that cost nothing are left out */
                parts: {
                    /** @enum {string} */
                    unit: "lambdaGbSecond" | "lambdaRequest" | "fargateVcpuHour" | "fargateGbHour" | "stateTransition" | "s3GbMonth" | "s3DeletedGbMonth" | "s3Put" | "s3List" | "s3Get" | "s3Delete" | "s3IaGbMonth" | "s3OneZoneIaGbMonth" | "s3IaPut" | "s3IaGet" | "s3IaRetrievedGb" | "s3GlacierIrGbMonth" | "s3GlacierIrPut" | "s3GlacierIrGet" | "s3GlacierIrRetrievedGb" | "s3MonitoredObjectMonth" | "s3GlacierIrTransition" | "s3Transition" | "dynamodbWriteUnit" | "dynamodbReadUnit";
                    quantity: number;
                    usd: number;
                }[];
                /** @description Once the bucket's lifecycle rule has moved the files to another storage class: what that costs, and what each month does from then on */
                later?: {
                    afterDays: number;
                    onceUsd: number;
                    perMonthUsd: number;
                };
                /** @constant */
                pricesRegion: "us-east-1";
                /**
                 * @description When they were read, in public copies of AWS's price lists
                 * @constant
                 */
                pricesAsOf: "2026-03-31";
            };
        };
        RestoreIntoNewClusterRequest: {
            /** @description The id that it is to have; absent: one is made */
            clusterId?: string;
            clusterName: string;
            backupId: string;
            /** @description What of the backup; absent: all that it holds */
            scope?: components["schemas"]["Scope"];
            /** @description Of a running, empty cluster; absent: the provisioner makes one */
            endpoints?: string[];
            /** @description With `endpoints`: the account of that cluster */
            account?: {
                secretArn: string;
                user?: unknown;
                password?: unknown;
            } | {
                secretArn?: unknown;
                user: string;
                password: string;
            };
            /** @description As of a registration; TiEM's true is "required", its false "disabled". A made cluster gets at least what its provisioner says */
            tls?: ("disabled" | "preferred" | "required" | "verify") | boolean;
            /** @description PEM of the authorities that may have signed the certificate of TiDB, for "verify"; absent: the public ones */
            ca?: string;
            /** @description In place of `ca`: a secret of your own whose text is the PEM */
            caSecretArn?: string;
            /** @description PEM of the certificate that the service shows to a TiDB which demands one, and of those between it and its authority */
            clientCertificate?: string;
            /** @description PEM of its private key, without a passphrase; never shown */
            clientKey?: string;
            /** @description In place of both: a secret of your own, JSON {"certificate": PEM, "key": PEM} */
            clientSecretArn?: string;
            /**
             * @description IANA name of the time zone of its strategy, unless that names its own
             * @default UTC
             */
            timezone?: string;
            /** @description What only the provisioner understands: size, version, zone, … Shown in the workflow's detail, so nothing secret. At most 20 levels deep; numbers up to 2^53 - 1 that a double holds exactly, others as text; no name `__proto__` or `constructor` */
            parameters?: {
                [key: string]: unknown;
            };
            /** @description As TiEM's clients say it: the provisioner is told it among `parameters` */
            clusterType?: string;
            /** @description As TiEM's clients say it: the provisioner is told it among `parameters` */
            clusterVersion?: string;
            /** @description As TiEM's clients say it: the provisioner is told it among `parameters` */
            tags?: string[] | null;
            /** @description As TiEM's clients say it: the provisioner is told it among `parameters` */
            copies?: number;
            /** @description As TiEM's clients say it: the provisioner is told it among `parameters` */
            exclusive?: boolean;
            /** @description As TiEM's clients say it: the provisioner is told it among `parameters` */
            vendor?: string;
            /** @description As TiEM's clients say it: the provisioner is told it among `parameters` */
            region?: string;
            /** @description As TiEM's clients say it: the provisioner is told it among `parameters` */
            cpuArchitecture?: string;
            /** @description As TiEM's clients say it: the provisioner is told it among `parameters` */
            parameterGroupID?: string;
            /** @description As TiEM's clients say it: the provisioner is told it among `parameters` */
            resourceParameters?: {
                [key: string]: unknown;
            } | null;
            /** @description With dbPassword; default "root" */
            dbUser?: string | "";
            /** @description In place of `account`: the password of the new cluster's account */
            dbPassword?: string;
            /** @description Whether users and grants of the cluster become those of the backup (TiDB 7.6 and later); absent: they stay as they are */
            withSystemTables?: boolean;
            /** @description Must be true with withSystemTables: the account that this service is registered with becomes that of the backup, too */
            confirmAccounts?: boolean;
            /**
             * @description `copy`: read the second copy of the files, also when the first bucket is gone; absent: `original`, where they were written
             * @enum {string}
             */
            source?: "original" | "copy";
            /**
             * @description Where it is to run; absent: where it is estimated to fit
             * @enum {string}
             */
            executor?: "lambda" | "fargate";
            /**
             * @description What becomes of the new cluster when the restore into it fails
             * @default destroy
             * @enum {string}
             */
            onFailure?: "destroy" | "keep";
        };
        RestorePlan: {
            /**
             * @description A drill restores into a cluster that is made for it
             * @enum {string}
             */
            action: "restore" | "drill";
            /** @description Absent: of a new cluster, whose id is made when it is */
            clusterId?: string;
            /** @description What would be restored; absent: everything that the backup holds */
            scope?: components["schemas"]["Scope"];
            /**
             * @description `copy`: read the second copy of the files, also when the first bucket is gone; absent: `original`, where they were written
             * @enum {string}
             */
            source?: "original" | "copy";
            /** @description In the order in which they would be restored: a full one, and what builds upon it */
            chain: {
                backupId: string;
                /** @enum {string} */
                backupType: "full" | "incr";
                path: string;
                sizeBytes: string;
                /** @description The release of TiDB that took it; absent: it is not known */
                tidbVersion?: string;
                files?: number;
            }[];
            sizeBytes: string;
            /** @description Of the whole chain; absent: those of one were not counted */
            files?: number;
            /** @description What becomes of users and grants of the cluster */
            accounts: string;
            /**
             * @description What runs the statement: a function, which lives for a quarter of an hour, or the worker, which lives as long as it takes
             * @enum {string}
             */
            executor: "lambda" | "fargate";
            /** @description Why there, for people */
            executorReason: string;
            /** @description How long it should take; absent: nothing tells */
            durationSeconds?: number;
            /** @description What the duration is taken from */
            durationBasis?: string;
            /** @description Why the request would be refused at this moment: code and message of that answer. It says nothing of how it will be later */
            conflicts: {
                code: number;
                message: string;
            }[];
            /** @description What only the workflow can look at, and may fail for */
            checksLeft: string[];
            /** @description What of it has a price; absent: duration or size is not known */
            cost?: {
                /** @description US dollars, as all of it */
                onceUsd: number;
                /** @description Less than zero: what is no longer paid */
                perMonthUsd: number;
                /** @description What it is made of; units that cost nothing are left out */
                parts: {
                    /** @enum {string} */
                    unit: "lambdaGbSecond" | "lambdaRequest" | "fargateVcpuHour" | "fargateGbHour" | "stateTransition" | "s3GbMonth" | "s3DeletedGbMonth" | "s3Put" | "s3List" | "s3Get" | "s3Delete" | "s3IaGbMonth" | "s3OneZoneIaGbMonth" | "s3IaPut" | "s3IaGet" | "s3IaRetrievedGb" | "s3GlacierIrGbMonth" | "s3GlacierIrPut" | "s3GlacierIrGet" | "s3GlacierIrRetrievedGb" | "s3MonitoredObjectMonth" | "s3GlacierIrTransition" | "s3Transition" | "dynamodbWriteUnit" | "dynamodbReadUnit";
                    quantity: number;
                    usd: number;
                }[];
                /** @description Once the bucket's lifecycle rule has moved the files to another storage class: what that costs, and what each month does from then on */
                later?: {
                    afterDays: number;
                    onceUsd: number;
                    perMonthUsd: number;
                };
                /** @constant */
                pricesRegion: "us-east-1";
                /**
                 * @description When they were read, in public copies of AWS's price lists
                 * @constant
                 */
                pricesAsOf: "2026-03-31";
            };
        };
        UpdateClusterRequest: {
            clusterName: string;
            /** @description Its TiDB servers, or a load balancer before them */
            endpoints: string[];
            /**
             * @description IANA name of the time zone of its strategy, unless that names its own
             * @default UTC
             */
            timezone?: string;
            /**
             * @description Where its backups run, and restores into it, unless a request says otherwise; absent: where they are estimated to fit
             * @enum {string}
             */
            executor?: "lambda" | "fargate";
            /** @description Absent, or the user alone: it stays */
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
             * @description Absent: it stays
             * @enum {string}
             */
            tls?: "disabled" | "preferred" | "required" | "verify";
            /** @description As in a registration; absent: ca or caSecretArn stays; null: it goes */
            ca?: string | null;
            /** @description In place of `ca`: a secret of your own whose text is the PEM */
            caSecretArn?: string;
            /** @description As in a registration; absent: clientCertificate or clientSecretArn stays; null: it goes */
            clientCertificate?: string | null;
            /** @description PEM of its private key, without a passphrase; never shown */
            clientKey?: string;
            /** @description In place of both: a secret of your own, JSON {"certificate": PEM, "key": PEM} */
            clientSecretArn?: string;
            /** @description As `GET` answers it; ignored in a request */
            readonly clusterId?: unknown;
            /** @description As `GET` answers it; ignored in a request */
            readonly certificates?: unknown;
            /** @description As `GET` answers it; ignored in a request */
            readonly status?: unknown;
            /** @description As `GET` answers it; ignored in a request */
            readonly tidb?: unknown;
            /** @description As `GET` answers it; ignored in a request */
            readonly maintenanceStatus?: unknown;
            /** @description As `GET` answers it; ignored in a request */
            readonly operationId?: unknown;
            /** @description As `GET` answers it; ignored in a request */
            readonly maintenanceSince?: unknown;
            /** @description As `GET` answers it; ignored in a request */
            readonly createTime?: unknown;
            /** @description As `GET` answers it; ignored in a request */
            readonly updateTime?: unknown;
            /** @description As `GET` answers it; ignored in a request */
            readonly check?: unknown;
        };
        SaveStrategyRequest: {
            /** @description As in the path, or empty */
            clusterId?: string | "";
            strategy: {
                /** @description English weekday names with commas between, such as "Monday,Friday" */
                backupDate: string;
                /** @description "H:MM-H:MM", such as "7:00-9:00", or "22:00-2:00" across midnight */
                period: string;
                /** @description Whose weekdays and hours these are; absent: the cluster's, whatever it becomes. An answer sent back with its `nextRuns` keeps following the cluster if it did so; without them, the zone is the strategy's own */
                timezone?: string;
                /**
                 * @description Whether no backup starts by itself for now
                 * @default false
                 */
                paused?: boolean;
                /** @description Days of `backupDate` on which the backup is full; on the others it is incremental; empty or absent: always full */
                fullBackupDate?: string;
                /** @description Whether a full backup is taken where TiDB no longer knows what has changed since the last one; else the backup fails and says so */
                fallbackToFull?: boolean;
                /** @description What is backed up; absent: everything */
                scope?: components["schemas"]["Scope"];
                /** @description When the newest finished backup, automatic or not, is older, an alarm is raised, also while the strategy is paused; absent: never */
                maxBackupAgeHours?: number;
                /** @description Which of the automatic backups stay; absent: all of them */
                retention?: {
                    /** @description The newest so many automatic backups */
                    keepLast?: number;
                    /** @description The newest of each of the last so many days that have one */
                    keepDaily?: number;
                    /** @description The newest of each of the last so many ISO weeks that have one */
                    keepWeekly?: number;
                    /** @description The newest of each of the last so many months that have one */
                    keepMonthly?: number;
                    /** @description The newest of each of the last so many years that have one */
                    keepYearly?: number;
                    /** @description What is older goes, whatever keeps it; alone, everything younger stays */
                    maxAgeDays?: number;
                };
                /** @description Weekdays after whose windows the newest finished backup is drilled; absent: no drill starts by itself */
                drill?: {
                    /** @description English weekday names with commas between, such as "Monday,Friday" */
                    backupDate: string;
                    /** @description What a restored backup must answer: each with one row whose first column is true */
                    assertions?: string[];
                    /** @description What only the provisioner understands: size, version, zone, … Shown in the workflow's detail, so nothing secret. At most 20 levels deep; numbers up to 2^53 - 1 that a double holds exactly, others as text; no name `__proto__` or `constructor` */
                    parameters?: {
                        [key: string]: unknown;
                    };
                    /**
                     * @description Where it restores and compares; absent: where it is estimated to fit
                     * @enum {string}
                     */
                    executor?: "lambda" | "fargate";
                };
                /** @description When the newest backup that a drill has verified is older, an alarm is raised, also while the strategy is paused; absent: never */
                maxVerifiedAgeHours?: number;
                /** @description As `GET` answers it; its presence alone matters, and tells that an answer is sent back */
                readonly nextRuns?: unknown;
                /** @description As `GET` answers it; ignored in a request */
                readonly clusterId?: unknown;
                /** @description As `GET` answers it; ignored in a request */
                readonly lastMissed?: unknown;
                /** @description As `GET` answers it; ignored in a request */
                readonly lastCanceled?: unknown;
            };
        };
        RestoreIntoClusterRequest: {
            /** @description As in the path, or empty */
            clusterId?: string | "";
            backupId: string;
            /** @description What of the backup; absent: all that it holds */
            scope?: components["schemas"]["Scope"];
            /** @description Whether users and grants of the cluster become those of the backup (TiDB 7.6 and later); absent: they stay as they are */
            withSystemTables?: boolean;
            /** @description Must be true with withSystemTables: the account that this service is registered with becomes that of the backup, too */
            confirmAccounts?: boolean;
            /**
             * @description `copy`: read the second copy of the files, also when the first bucket is gone; absent: `original`, where they were written
             * @enum {string}
             */
            source?: "original" | "copy";
            /**
             * @description Where it is to run; absent: where the cluster says, or it is estimated to fit
             * @enum {string}
             */
            executor?: "lambda" | "fargate";
        };
        CheckPlan: {
            /** @constant */
            action: "check";
            /** @description Absent: of the configuration */
            clusterId?: string;
            /** @description The storage path; absent: the configuration names none that can be used */
            path?: string;
            /** @description What would be made for the time of the check, and removed again */
            writes: string[];
            /** @description Why the request would be refused at this moment: code and message of that answer. It says nothing of how it will be later */
            conflicts: {
                code: number;
                message: string;
            }[];
            /** @description What only the workflow can look at, and may fail for */
            checksLeft: string[];
            /** @description What of it has a price; absent: duration or size is not known */
            cost?: {
                /** @description US dollars, as all of it */
                onceUsd: number;
                /** @description Less than zero: what is no longer paid */
                perMonthUsd: number;
                /** @description What it is made of; units that cost nothing are left out */
                parts: {
                    /** @enum {string} */
                    unit: "lambdaGbSecond" | "lambdaRequest" | "fargateVcpuHour" | "fargateGbHour" | "stateTransition" | "s3GbMonth" | "s3DeletedGbMonth" | "s3Put" | "s3List" | "s3Get" | "s3Delete" | "s3IaGbMonth" | "s3OneZoneIaGbMonth" | "s3IaPut" | "s3IaGet" | "s3IaRetrievedGb" | "s3GlacierIrGbMonth" | "s3GlacierIrPut" | "s3GlacierIrGet" | "s3GlacierIrRetrievedGb" | "s3MonitoredObjectMonth" | "s3GlacierIrTransition" | "s3Transition" | "dynamodbWriteUnit" | "dynamodbReadUnit";
                    quantity: number;
                    usd: number;
                }[];
                /** @description Once the bucket's lifecycle rule has moved the files to another storage class: what that costs, and what each month does from then on */
                later?: {
                    afterDays: number;
                    onceUsd: number;
                    perMonthUsd: number;
                };
                /** @constant */
                pricesRegion: "us-east-1";
                /**
                 * @description When they were read, in public copies of AWS's price lists
                 * @constant
                 */
                pricesAsOf: "2026-03-31";
            };
        };
        StartBackupRequest: {
            clusterId: string;
            /**
             * @description Incremental: what has changed since the newest finished backup of the same scope. Absent or empty: full
             * @default
             */
            backupType?: ("full" | "incr") | "";
            /**
             * @description Whose retention it falls under; absent or empty: manual
             * @default
             */
            backupMode?: ("manual" | "auto") | "";
            /** @description What is backed up; absent: everything */
            scope?: components["schemas"]["Scope"];
            /**
             * @description Where it is to run; absent: where the cluster says, or it is estimated to fit
             * @enum {string}
             */
            executor?: "lambda" | "fargate";
            /**
             * Format: date-time
             * @description Of a manual one: when retention removes it; absent: never
             */
            expireAt?: string;
            /** @description Whether to note what each table holds at the snapshot, for a drill to compare: it reads the data twice; absent: where the strategy of the cluster has drills */
            checksums?: boolean;
        };
        BackupPlan: {
            /** @constant */
            action: "backup";
            clusterId: string;
            /** @enum {string} */
            backupType: "full" | "incr";
            /** @description Of an incremental backup: what it would build upon */
            baseBackupId?: string;
            /** @description What would be backed up; absent: everything */
            scope?: components["schemas"]["Scope"];
            /** @description The folder that the backup's own would lie in */
            path: string;
            /** @description Of the last one of the same scope and type */
            sizeBytes?: string;
            /**
             * @description What runs the statement: a function, which lives for a quarter of an hour, or the worker, which lives as long as it takes
             * @enum {string}
             */
            executor: "lambda" | "fargate";
            /** @description Why there, for people */
            executorReason: string;
            /** @description How long it should take; absent: nothing tells */
            durationSeconds?: number;
            /** @description What the duration is taken from */
            durationBasis?: string;
            /** @description Why the request would be refused at this moment: code and message of that answer. It says nothing of how it will be later */
            conflicts: {
                code: number;
                message: string;
            }[];
            /** @description What only the workflow can look at, and may fail for */
            checksLeft: string[];
            /** @description What of it has a price; absent: duration or size is not known */
            cost?: {
                /** @description US dollars, as all of it */
                onceUsd: number;
                /** @description Less than zero: what is no longer paid */
                perMonthUsd: number;
                /** @description What it is made of; units that cost nothing are left out */
                parts: {
                    /** @enum {string} */
                    unit: "lambdaGbSecond" | "lambdaRequest" | "fargateVcpuHour" | "fargateGbHour" | "stateTransition" | "s3GbMonth" | "s3DeletedGbMonth" | "s3Put" | "s3List" | "s3Get" | "s3Delete" | "s3IaGbMonth" | "s3OneZoneIaGbMonth" | "s3IaPut" | "s3IaGet" | "s3IaRetrievedGb" | "s3GlacierIrGbMonth" | "s3GlacierIrPut" | "s3GlacierIrGet" | "s3GlacierIrRetrievedGb" | "s3MonitoredObjectMonth" | "s3GlacierIrTransition" | "s3Transition" | "dynamodbWriteUnit" | "dynamodbReadUnit";
                    quantity: number;
                    usd: number;
                }[];
                /** @description Once the bucket's lifecycle rule has moved the files to another storage class: what that costs, and what each month does from then on */
                later?: {
                    afterDays: number;
                    onceUsd: number;
                    perMonthUsd: number;
                };
                /** @constant */
                pricesRegion: "us-east-1";
                /**
                 * @description When they were read, in public copies of AWS's price lists
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
            /** @description The cluster of backups that do not say theirs, as those that `br` took. Defaults to `tidb-` and the id that PD gave to their cluster */
            clusterId?: string;
        };
        DrillBackupRequest: {
            /** @description What a restored backup must answer: each with one row whose first column is true */
            assertions?: string[];
            /** @description What only the provisioner understands: size, version, zone, … Shown in the workflow's detail, so nothing secret. At most 20 levels deep; numbers up to 2^53 - 1 that a double holds exactly, others as text; no name `__proto__` or `constructor` */
            parameters?: {
                [key: string]: unknown;
            };
            /**
             * @description `copy`: read the second copy of the files, also when the first bucket is gone; absent: `original`, where they were written
             * @enum {string}
             */
            source?: "original" | "copy";
            /**
             * @description Where it restores and compares; absent: where it is estimated to fit
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
             * @description Each file becomes again what was written last by then
             */
            asOf: string;
            sizeBytes: string;
            /** @description How many files it has to have; absent: they were not counted */
            files?: number;
            /** @description For how many days its bucket keeps what is deleted or overwritten; absent: it is not the deployment’s own, or older than that rule */
            recoverDeletedDays?: number;
            /** @description Why the request would be refused at this moment: code and message of that answer. It says nothing of how it will be later */
            conflicts: {
                code: number;
                message: string;
            }[];
            /** @description What only the workflow can look at, and may fail for */
            checksLeft: string[];
            /** @description What of it has a price; absent: duration or size is not known */
            cost?: {
                /** @description US dollars, as all of it */
                onceUsd: number;
                /** @description Less than zero: what is no longer paid */
                perMonthUsd: number;
                /** @description What it is made of; units that cost nothing are left out */
                parts: {
                    /** @enum {string} */
                    unit: "lambdaGbSecond" | "lambdaRequest" | "fargateVcpuHour" | "fargateGbHour" | "stateTransition" | "s3GbMonth" | "s3DeletedGbMonth" | "s3Put" | "s3List" | "s3Get" | "s3Delete" | "s3IaGbMonth" | "s3OneZoneIaGbMonth" | "s3IaPut" | "s3IaGet" | "s3IaRetrievedGb" | "s3GlacierIrGbMonth" | "s3GlacierIrPut" | "s3GlacierIrGet" | "s3GlacierIrRetrievedGb" | "s3MonitoredObjectMonth" | "s3GlacierIrTransition" | "s3Transition" | "dynamodbWriteUnit" | "dynamodbReadUnit";
                    quantity: number;
                    usd: number;
                }[];
                /** @description Once the bucket's lifecycle rule has moved the files to another storage class: what that costs, and what each month does from then on */
                later?: {
                    afterDays: number;
                    onceUsd: number;
                    perMonthUsd: number;
                };
                /** @constant */
                pricesRegion: "us-east-1";
                /**
                 * @description When they were read, in public copies of AWS's price lists
                 * @constant
                 */
                pricesAsOf: "2026-03-31";
            };
        };
        DeleteBackupRequest: {
            /** @description The cluster of the backup, or empty */
            clusterId?: string | "";
            /** @description As of the backup, or empty */
            backupMode?: ("manual" | "auto") | "";
            /** @description As in the path, or empty */
            backupId?: string | "";
            /** @description TiEM has it for deletions by condition: empty */
            excludeBackupId?: unknown[] | null;
        };
        UpdateConfigRequest: {
            /** @enum {string} */
            configKey: "BackupStorageType" | "BackupStoragePath" | "BackupS3Endpoint" | "BackupS3Region" | "BackupS3Provider" | "BackupS3AccessKey" | "BackupS3SecretAccessKey" | "BackupS3SessionToken" | "BackupRateLimit" | "BackupConcurrency" | "RestoreRateLimit" | "RestoreConcurrency" | "maxConcurrentAutoBackups";
            /** @description An empty value removes a key that may be absent. BackupS3AccessKey, BackupS3SecretAccessKey and BackupS3SessionToken are kept in Secrets Manager alone, and answered as ******. Backups that are made already stay where they are, and can be restored and deleted as before */
            configValue: string;
            /** @description As `GET` answers it; ignored in a request */
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
                /** @description Counts from 1; absent: 1, or where `pageToken` goes on */
                page?: number;
                /** @description How many a page holds at most; absent: 10 */
                pageSize?: number;
                /** @description The `nextPageToken` of the page before, in place of `page`; everything else in the query stays as it was */
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
                /** @description true: say what would happen, and change nothing */
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
                /** @description true: say what would happen, and change nothing */
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
                            /** @description What the change may mean for the backups of the cluster, in words for people; absent: nothing */
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
                /** @description Which of its backups are deleted with the cluster; absent: none */
                deleteBackups?: "auto" | "all";
                /** @description true: say what would happen, and change nothing */
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
                /** @description true: say what would happen, and change nothing */
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
                /** @description true: say what would happen, and change nothing */
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
                /** @description The newest so many automatic backups */
                keepLast?: number;
                /** @description The newest of each of the last so many days that have one */
                keepDaily?: number;
                /** @description The newest of each of the last so many ISO weeks that have one */
                keepWeekly?: number;
                /** @description The newest of each of the last so many months that have one */
                keepMonthly?: number;
                /** @description The newest of each of the last so many years that have one */
                keepYearly?: number;
                /** @description What is older goes, whatever keeps it; alone, everything younger stays */
                maxAgeDays?: number;
                /** @description Whose days count, for a proposed rule; absent: the strategy's */
                timezone?: string;
                /** @description Counts from 1; absent: 1, or where `pageToken` goes on */
                page?: number;
                /** @description How many a page holds at most; absent: 10 */
                pageSize?: number;
                /** @description The `nextPageToken` of the page before, in place of `page`; everything else in the query stays as it was */
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
                            /** @description Absent: there is none, and none was proposed */
                            retention?: {
                                /** @description The newest so many automatic backups */
                                keepLast?: number;
                                /** @description The newest of each of the last so many days that have one */
                                keepDaily?: number;
                                /** @description The newest of each of the last so many ISO weeks that have one */
                                keepWeekly?: number;
                                /** @description The newest of each of the last so many months that have one */
                                keepMonthly?: number;
                                /** @description The newest of each of the last so many years that have one */
                                keepYearly?: number;
                                /** @description What is older goes, whatever keeps it; alone, everything younger stays */
                                maxAgeDays?: number;
                            };
                            timezone: string;
                            /** @description Whether the strategy is: then the rule rests */
                            paused: boolean;
                            toRemove: number;
                            toKeep: number;
                            bytesToRemove: string;
                            /** @description Pages go from the newest backup to the oldest; each lists first what goes, then what stays. What is being deleted already is left out */
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
                /** @description csv: a file of a header and a row for each backup and missed window (RFC 4180); absent: json */
                format?: "json" | "csv";
                /** @description Only what was created at that time or later, in Unix seconds; 0: whenever */
                startTime?: number;
                /** @description Only what was created at that time or earlier, in Unix seconds; 0: whenever */
                endTime?: number;
                /** @description How many a page holds at most; absent: 10 */
                pageSize?: number;
                /** @description The `nextPageToken` of the page before, in place of `page`; everything else in the query stays as it was */
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
                             * @description When this was answered
                             */
                            asOf: string;
                            /** @description By `createTime`; records that were deleted are not among them */
                            backups: components["schemas"]["BackupEvidence"][];
                            /** @description By `start`. A page holds `pageSize` of both together: walk all pages to see all */
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
                /** @description Only what was created at that time or later, in Unix seconds; 0: whenever */
                startTime?: number;
                /** @description Only what was created at that time or earlier, in Unix seconds; 0: whenever */
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
                             * @description Set if the range holds more: from this time on, none is left out. Ask for the rest with an earlier `endTime`
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
                /** @description Counts from 1; absent: 1, or where `pageToken` goes on */
                page?: number;
                /** @description How many a page holds at most; absent: 10 */
                pageSize?: number;
                /** @description The `nextPageToken` of the page before, in place of `page`; everything else in the query stays as it was */
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
                            /**
                             * Format: date-time
                             * @description When this was answered
                             */
                            asOf: string;
                            /** @description As `GET /clusters` lists them, newest first */
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
                /** @description Only backups that were started by hand, or automatically */
                backupMode?: "manual" | "auto";
                /** @description Only what was created at that time or later, in Unix seconds; 0: whenever */
                startTime?: number;
                /** @description Only what was created at that time or earlier, in Unix seconds; 0: whenever */
                endTime?: number;
                /** @description Counts from 1; absent: 1, or where `pageToken` goes on */
                page?: number;
                /** @description How many a page holds at most; absent: 10 */
                pageSize?: number;
                /** @description The `nextPageToken` of the page before, in place of `page`; everything else in the query stays as it was */
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
                /** @description true: say what would happen, and change nothing */
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
                /** @description Only backups that were started by hand, or automatically */
                backupMode?: "manual" | "auto";
                /** @description A backup of the cluster; may be given several times */
                excludeBackupId?: string[];
                /** @description true: say what would happen, and change nothing */
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
                /** @description csv: a file of a header and a row for each backup and missed window (RFC 4180); absent: json */
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
                             * @description When this was answered
                             */
                            asOf: string;
                            evidence: components["schemas"]["BackupEvidence"];
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
                /** @description Of every workflow it is `cluster`: another one matches nothing */
                bizType?: string;
                /** @description Only workflows of that kind */
                flowName?: "BackupCluster" | "RestoreExistCluster" | "DeleteBackup" | "UndeleteBackup" | "RestoreNewCluster" | "RestoreDrill" | "CheckCluster" | "CheckConfig" | "ImportBackups";
                /** @description Only workflows in that state */
                status?: "Initializing" | "Processing" | "Finished" | "Error" | "Canceled";
                /** @description Counts from 1; absent: 1, or where `pageToken` goes on */
                page?: number;
                /** @description How many a page holds at most; absent: 10 */
                pageSize?: number;
                /** @description The `nextPageToken` of the page before, in place of `page`; everything else in the query stays as it was */
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
                /** @description Which page of the list; absent: the first */
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
                            /** @description How many pages the list has by now */
                            pages: number;
                            counts: {
                                /** @description Records that were written; of a plan, that would be */
                                imported: number;
                                /** @description Backups that have a record */
                                present: number;
                                /** @description What is no backup that can be imported, each listed with its reason */
                                skipped: number;
                            };
                            /** @description Of one page, kept for 30 days */
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
                            /** @description What the last check of the store found; absent: none has ended yet */
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
                                /** @description Absent: it has not been set. A secret is answered as ****** */
                                configValue?: string;
                            }[];
                            /** @description What the last check of the store found; absent: none has ended yet */
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
                /** @description true: say what would happen, and change nothing */
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
                /** @description true: say what would happen, and change nothing */
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
                /** @description true: hold the cluster, make a database with one row, back it up, restore it, and remove both. It proves what TiDB and TiKV may do in the store */
                scratch?: "true" | "false";
                /** @description true: say what would happen, and change nothing */
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
                /** @description true: say what would happen, and change nothing */
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
                /** @description true: only list what would be imported. The plan is a workflow too, as the API reaches no file */
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
                /** @description true: say what would happen, and change nothing */
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
                /** @description true: say what would happen, and change nothing */
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
                /** @description true: delete the incremental backups that build upon it too */
                force?: "true" | "false";
                /** @description true: say what would happen, and change nothing */
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
                             * @description The record stays `Deleting` until the day from which its files can be deleted
                             */
                            lockedUntil?: string;
                            /** @description With `force`: all that are deleted, the last of the chain first */
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
                /** @description true: say what would happen, and change nothing */
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
                /** @description true: say what would happen, and change nothing */
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
