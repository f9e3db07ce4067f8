export { Backup, BackupProps, BackupSettings } from './backup';
