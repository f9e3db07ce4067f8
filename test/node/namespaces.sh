#!/bin/sh
# Makes the machine that the node is: run as the first process of new namespaces (mount, network, pid, cgroup, ipc, uts), it mounts
# what a node has, makes the node's network, writes the file `made` into its folder, and stays as the process that takes in orphans.
#
# Usage: namespaces.sh FOLDER TOOL HOST_NAME ADDRESS POD_RANGE
set -eu
run=$1 tool=$2 name=$3 address=$4 pods=$5
hostname "$name"

# nothing goes back to the machine
mount --make-rprivate /
mount -t proc proc /proc

# These settings are those of the whole machine, not of a namespace. The kubelet finds that they say what it wants, and writes nothing.
setting() {
  echo "$2" > "$run/sysctl-$3"
  mount --bind "$run/sysctl-$3" "/proc/sys/$1"
}
setting vm/overcommit_memory 1 overcommit
setting kernel/panic 10 panic
setting kernel/panic_on_oops 1 oops

# the hierarchies of control groups, seen from this group
mount -t sysfs sysfs /sys
mount -t tmpfs -o mode=755 tmpfs /sys/fs/cgroup
cut -d: -f2 /proc/self/cgroup | while read -r list; do
  case $list in
    '') continue ;;
    name=*) folder=${list#name=} options=none,$list ;;
    *) folder=$list options=$list ;;
  esac
  mkdir -p "/sys/fs/cgroup/$folder"
  mount -t cgroup -o "$options" cgroup "/sys/fs/cgroup/$folder"
  # each controller is looked for by its own name
  for one in $(echo "$folder" | tr , ' '); do
    [ -e "/sys/fs/cgroup/$one" ] || ln -s "$folder" "/sys/fs/cgroup/$one"
  done
done
# the kubelet asks for it, whoever manages the groups
[ -d /sys/fs/cgroup/systemd ] || {
  mkdir /sys/fs/cgroup/systemd
  mount -t cgroup -o none,name=systemd cgroup /sys/fs/cgroup/systemd
}

# what containerd, the kubelet and the network plugins write outside the folder
mount -t tmpfs -o mode=755 tmpfs /run
mkdir -p /run/netns /run/lock
: > /run/xtables.lock
for folder in /var/log /var/lib; do mount -t tmpfs -o mode=755 tmpfs "$folder"; done
# no name is known, so an image that is not there is said to be missing at once
echo 'nameserver 127.0.0.1' > "$run/resolv.conf"
mount --bind "$run/resolv.conf" /etc/resolv.conf
# the kubelet passes mounts on to containers
mount --make-rshared /

ip link set lo up
ip link add node type bridge
ip addr add "$address/24" dev node
ip link set node up
# leads nowhere, but without it a process of the node could not even try the address of a Service
ip route add default dev node
for setting in ip_forward=1 conf.all.rp_filter=0 conf.default.rp_filter=0; do sysctl -qw "net.ipv4.$setting"; done

# The first packet of each connection from or to a pod is judged by the engine of network policies: between pods, and from a pod to
# the node. What the node itself asks of a pod, such as probes, is not. What is not judged because the engine is away does not pass.
judged="-m conntrack --ctstate NEW -j NFQUEUE --queue-num 98"
iptables -A FORWARD $judged
iptables -A INPUT -s "$pods" $judged

: > "$run/made"
exec "$tool" pause
