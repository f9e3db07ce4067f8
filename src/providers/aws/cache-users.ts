import { ElasticacheUser } from '@cdktf/provider-aws/lib/elasticache-user';
import { ElasticacheUserGroup } from '@cdktf/provider-aws/lib/elasticache-user-group';
import { k8s } from 'cdk8s-plus-28';
import { Construct } from 'constructs';
import { Access, ICache } from '../../contracts/backing-service';
import { contentHash } from '../../contracts/content-hash';
import { fail } from '../../contracts/errors';
import { AWS_CLI_IMAGE } from '../../contracts/images';
import { BackingServices, lazily, tcp } from '../in-cluster/backing-services';
import { CacheUser, CacheUsers } from '../in-cluster/cache-users';
import { Provisioner } from '../in-cluster/provisioner';
import { USERS_SUFFIX } from '../in-cluster/user-credentials';
import { boundedName, IAwsEnvironment } from './contract';
import { EksCluster } from './eks-cluster';

const FOLDER = '/etc/cache';
const COMPONENT = 'cache-users';

/** Users that a group of ElastiCache may have, of which one is `default` (docs.aws.amazon.com/AmazonElastiCache, November 2026). */
const MAX_USERS = 99;

/**
 * The users of a cache on ElastiCache. Terraform makes the group, in which only `default` is at first, who may do nothing. The
 * others are made by a pod with the passwords that External Secrets has made, since Terraform would keep them in its state; its role
 * may change this cache's users only.
 */
export class ElastiCacheUsers {
  /** The users. */
  public readonly all: CacheUsers;
  /** Their group, which the cache takes. */
  public readonly group: ElasticacheUserGroup;

  /** @param name name of the cache in AWS */
  public constructor(
    private readonly cache: Construct & ICache,
    aws: IAwsEnvironment,
    cluster: EksCluster,
    name: string,
  ) {
    const services = BackingServices.ofEnvironment(aws.environment);
    const scope = new Construct(services, cache.node.id);
    this.all = new CacheUsers(services, scope, 'users', cache);
    // ElastiCache allows 40 characters, and a user's end in a hash
    const prefix = boundedName(29, name);
    const nobody = new ElasticacheUser(cache, 'default-user', {
      userId: `${prefix}-default`,
      userName: 'default',
      engine: 'valkey',
      accessString: 'off -@all',
      authenticationMode: { type: 'no-password-required' },
    });
    this.group = new ElasticacheUserGroup(cache, 'user-group', {
      userGroupId: name,
      engine: 'valkey',
      userIds: [nobody.userId],
      // the pod adds the others
      lifecycle: { ignoreChanges: ['user_ids'] },
    });
    this.provision(aws, cluster, scope, name, prefix);
  }

  private provision(aws: IAwsEnvironment, cluster: EksCluster, scope: Construct, name: string, prefix: string): void {
    const identity = {
      namespace: aws.environment.backingServicesNamespace,
      serviceAccountName: `${this.cache.serviceName}${USERS_SUFFIX}`,
    };
    aws.grant(cluster, identity, `cache-${this.cache.serviceName}`, Access.READ_WRITE, [
      {
        Effect: 'Allow',
        Action: [
          'elasticache:CreateUser',
          'elasticache:DescribeUserGroups',
          'elasticache:DescribeUsers',
          'elasticache:ModifyUser',
          'elasticache:ModifyUserGroup',
        ],
        Resource: [aws.arn('elasticache', `user:${prefix}-*`), aws.arn('elasticache', `usergroup:${name}`)],
      },
    ]);
    const described = () => this.described(prefix);
    new Provisioner(scope, 'provisioner', {
      name: identity.serviceAccountName,
      component: COMPONENT,
      image: AWS_CLI_IMAGE,
      folder: FOLDER,
      script: { 'provision.sh': PROVISION_CACHE_USERS, 'users.txt': lazily(() => cacheUserList(described())) },
      volumes: { users: { name: 'users', projected: { sources: lazily(() => described().map(passwordOf)) } } },
      env: { HOME: '/tmp', AWS_REGION: aws.region, AWS_PAGER: '', USER_GROUP: name, NOBODY: `${prefix}-default` },
      // ElastiCache's API has addresses that change; 169.254.170.23 is the Pod Identity Agent on the node
      egress: [
        { to: [{ ipBlock: { cidr: '0.0.0.0/0' } }], ports: tcp(443) },
        { to: [{ ipBlock: { cidr: '169.254.170.23/32' } }], ports: tcp(80) },
      ],
    });
  }

  private described(prefix: string): ElastiCacheUser[] {
    const users = this.all.sorted();
    if (users.length > MAX_USERS) {
      fail(
        this.cache,
        'grants',
        `must be to at most ${MAX_USERS} workloads`,
        users.length,
        'have a second cache, as ElastiCache has no more users in a group',
      );
    }
    return users.map((user) => ({ ...user, id: `${prefix}-${contentHash(user.name)}` }));
  }
}

/** A user of ElastiCache. */
export interface ElastiCacheUser extends CacheUser {
  /** Its id, which is unique in the account and region. */
  readonly id: string;
}

function passwordOf({ name, secretName }: ElastiCacheUser): k8s.VolumeProjection {
  return { secret: { name: secretName, items: [{ key: 'password', path: name }] } };
}

/** The users, one a line: id, name and what it may do. */
export function cacheUserList(users: readonly ElastiCacheUser[]): string {
  return users.map(({ id, name, rules }) => `${id} ${name} on ${rules}\n`).join('');
}

/**
 * Makes the users, changes those that are to be changed, and has exactly them in the group. What a user is to be is remembered until
 * the pod ends; a user who is in the group no longer may not connect. Passwords are in no command line.
 */
export const PROVISION_CACHE_USERS = `umask 077
state() { aws elasticache describe-users --user-id "$1" --query 'Users[0].Status' --output text; }
active() {
  for _ in $(seq 60); do
    [ "$(state "$1")" = active ] && return
    sleep 5
  done
  echo "user $1 does not become active" >&2
  return 1
}
desired="$NOBODY"
while read -r id name access; do
  password=$(cat "${FOLDER}/users/$name")
  input="{\\"UserId\\":\\"$id\\",\\"AccessString\\":\\"$access\\",\\"AuthenticationMode\\":{\\"Type\\":\\"password\\",\\"Passwords\\":[\\"$password\\"]}"
  if ! known=$(state "$id" 2>&1); then
    case "$known" in
      *UserNotFound*) ;;
      *) echo "$known" >&2; exit 1 ;;
    esac
    echo "$input,\\"UserName\\":\\"$name\\",\\"Engine\\":\\"valkey\\"}" > /tmp/input.json
    aws elasticache create-user --cli-input-json file:///tmp/input.json > /dev/null
    echo "$input" | sha256sum > "/tmp/$id"
  elif [ "$(cat "/tmp/$id" 2>/dev/null)" != "$(echo "$input" | sha256sum)" ]; then
    active "$id"
    echo "$input}" > /tmp/input.json
    aws elasticache modify-user --cli-input-json file:///tmp/input.json > /dev/null
    echo "$input" | sha256sum > "/tmp/$id"
  fi
  rm -f /tmp/input.json
  active "$id"
  desired="$desired $id"
done < ${FOLDER}/script/users.txt
group() { aws elasticache describe-user-groups --user-group-id "$USER_GROUP" --query "UserGroups[0].$1" --output text; }
members=$(group "UserIds[]")
add=''
for id in $desired; do
  case " $(echo $members) " in *" $id "*) ;; *) add="$add $id" ;; esac
done
remove=''
for id in $members; do
  case " $desired " in *" $id "*) ;; *) remove="$remove $id" ;; esac
done
if [ -n "$add$remove" ]; then
  [ -z "$add" ] || add="--user-ids-to-add $add"
  [ -z "$remove" ] || remove="--user-ids-to-remove $remove"
  aws elasticache modify-user-group --user-group-id "$USER_GROUP" $add $remove > /dev/null
fi
`;
