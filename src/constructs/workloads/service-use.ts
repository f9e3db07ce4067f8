import { Access, IBackingService } from '../../contracts/backing-service';

/** What a workload does with a backing service. */
export class ServiceUse {
  /** Reads only. */
  public static read(service: IBackingService): ServiceUse {
    return new ServiceUse(service, Access.READ);
  }

  /** Reads, writes and deletes data. */
  public static readWrite(service: IBackingService): ServiceUse {
    return new ServiceUse(service, Access.READ_WRITE);
  }

  private constructor(
    /** The service. */
    public readonly service: IBackingService,
    /** What the workload may do with it. */
    public readonly access: Access,
  ) {}
}
