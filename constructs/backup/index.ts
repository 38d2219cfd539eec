export { Backup, type BackupBucket, type BackupDatabase, type BackupProps, type BackupStore } from "./backup.ts";
export { backupConfig } from "./config.ts";
export { type JobProps, jobAgain, jobFrom } from "./job.ts";
