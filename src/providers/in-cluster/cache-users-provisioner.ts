import { Construct } from 'constructs';
import { VALKEY_ADMINISTRATOR, VALKEY_IMAGE, valkeyPodLabels } from '../../components/valkey';
import { ICache } from '../../contracts/backing-service';
import { lazily, pods, tcp } from './backing-services';
import { CacheUser, CacheUsers } from './cache-users';
import { Provisioner } from './provisioner';
import { USERS_SUFFIX } from './user-credentials';

const FOLDER = '/etc/cache';

/** Properties of CacheUsersProvisioner. */
export interface CacheUsersProvisionerProps {
  /** The cache. */
  readonly cache: ICache;
  /** Secret in the namespace of the backing services with the password of the administrator. */
  readonly adminSecretName: string;
}

/** Makes the users of a Valkey server while it runs. Its pod is the only one that has the administrator's password. */
export class CacheUsersProvisioner extends Construct {
  /** Labels of its pod. */
  public readonly podLabels: { [key: string]: string };

  public constructor(scope: Construct, id: string, users: CacheUsers, props: CacheUsersProvisionerProps) {
    super(scope, id);
    const { cache, adminSecretName } = props;
    const passwords = () =>
      users.sorted().map(({ name, secretName }) => ({
        secret: { name: secretName, items: [{ key: 'password', path: name }] },
      }));
    const { podLabels } = new Provisioner(this, 'Resource', {
      name: `${cache.serviceName}${USERS_SUFFIX}`,
      component: 'cache-user-provisioner',
      image: VALKEY_IMAGE,
      folder: FOLDER,
      script: {
        'provision.sh': PROVISION_VALKEY_USERS,
        'users.txt': lazily(() => valkeyUserList(users.sorted())),
      },
      volumes: {
        admin: { name: 'admin', secret: { secretName: adminSecretName } },
        users: { name: 'users', projected: { sources: lazily(passwords) } },
      },
      state: VALKEY_STATE,
      env: { CACHE_HOST: cache.host, CACHE_PORT: String(cache.port) },
      egress: [{ to: [pods(valkeyPodLabels(cache.serviceName))], ports: tcp(cache.port) }],
    });
    this.podLabels = podLabels;
  }
}

/** The users, one a line: name and what it may do. */
export function valkeyUserList(users: readonly Pick<CacheUser, 'name' | 'rules'>[]): string {
  return users.map(({ name, rules }) => `${name} on ${rules}\n`).join('');
}

/** How a command is sent to the server; the password is in no command line. */
const CLIENT = `VALKEYCLI_AUTH=$(cat ${FOLDER}/admin/${VALKEY_ADMINISTRATOR}) valkey-cli -e --no-auth-warning --user ${VALKEY_ADMINISTRATOR} -h "$CACHE_HOST" -p "$CACHE_PORT"`;

/** Which run of the server it is: one that has started anew knows only the users that it started with. */
export const VALKEY_STATE = `${CLIENT} INFO server 2> /dev/null | grep '^run_id:'`;

/**
 * Makes the users and takes away all others, whose connections end with them. Passwords are hashed before they are sent. The server keeps its
 * users in the file that it reads when its container, but not its pod, starts anew.
 */
export const PROVISION_VALKEY_USERS = `set -f
client() { ${CLIENT} "$@" < /dev/null; }
desired=' default ${VALKEY_ADMINISTRATOR} '
while read -r name rules; do
  hash=$(printf '%s' "$(cat "${FOLDER}/users/$name")" | sha256sum | cut -d ' ' -f 1)
  client ACL SETUSER "$name" reset "#$hash" $rules > /dev/null
  desired="$desired$name "
done < ${FOLDER}/script/users.txt
known=$(client ACL USERS)
for name in $known; do
  case "$desired" in
    *" $name "*) ;;
    *) client ACL DELUSER "$name" > /dev/null ;;
  esac
done
client ACL SAVE > /dev/null
`;
