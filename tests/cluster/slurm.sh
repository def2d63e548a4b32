#!/usr/bin/env bash
# A SLURM cluster of one node on this machine, for tests: slurm.sh start FOLDER | stop
#
# From Debian's slurm-wlm and munge, without accounting. The node claims more cores and memory than
# there are, and a GPU that is /dev/zero: what is tested is what jobs ask for and where they land.
# Whoever starts it says RESOUND_TEST_CLUSTER=1; a configuration that is not ours is never touched.
set -euo pipefail

conf=/etc/slurm/slurm.conf # jobs' own `srun` looks here and nowhere else
gres=/etc/slurm/gres.conf
ours="# resound's test cluster in "
node=$(hostname -s)

say() {
    echo "slurm.sh: $*" >&2
    exit 1
}

configure() {
    mkdir -p /etc/slurm "$1"/{state,spool,log}
    # Jobs are remembered for an hour, so that they can be looked at after they ended, and so that
    # Snakemake never finds one forgotten.
    cat >$conf <<CONF
$ours$1
ClusterName=resound
SlurmctldHost=$node(127.0.0.1)
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
SlurmctldPort=26817
SlurmdPort=26818
StateSaveLocation=$1/state
SlurmdSpoolDir=$1/spool
SlurmctldPidFile=$1/slurmctld.pid
SlurmdPidFile=$1/slurmd.pid
SlurmctldLogFile=$1/log/slurmctld.log
SlurmdLogFile=$1/log/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SwitchType=switch/none
MpiDefault=none
MailProg=/bin/true
ReturnToService=2
KillWait=5
MinJobAge=3600
SchedulerType=sched/backfill
SchedulerParameters=batch_sched_delay=0,sched_interval=1,bf_interval=1
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
GresTypes=gpu
AccountingStorageType=accounting_storage/none
JobAcctGatherType=jobacct_gather/none
SlurmdParameters=config_overrides
NodeName=$node NodeAddr=127.0.0.1 CPUs=16 Boards=1 SocketsPerBoard=1 CoresPerSocket=16 ThreadsPerCore=1 RealMemory=64000 Gres=gpu:1
PartitionName=cpu Nodes=$node Default=YES State=UP
PartitionName=gpu Nodes=$node State=UP
CONF
    echo "NodeName=$node Name=gpu File=/dev/zero" >$gres
}

authenticate() {
    munge -n 2>/dev/null | unmunge >/dev/null 2>&1 && return
    install -d -o munge -g munge -m 755 /run/munge
    setpriv --reuid=munge --regid=munge --clear-groups munged --pid-file=/run/munge/resound.pid
    munge -n | unmunge >/dev/null
}

start() {
    [ "${RESOUND_TEST_CLUSTER:-}" = 1 ] || say "starts a cluster only with RESOUND_TEST_CLUSTER=1"
    [ "$(id -u)" = 0 ] || say "only root can start a cluster"
    stop # that of a test which was killed
    for theirs in "${SLURM_CONF:-$conf}" $conf $gres /run/slurm/conf; do
        [ ! -e "$theirs" ] || say "$theirs is somebody's: this machine belongs to a cluster"
    done
    ! pgrep -x "slurmctld|slurmd" >/dev/null || say "SLURM runs here: this machine belongs to a cluster"
    configure "$1"
    authenticate
    slurmctld -c
    slurmd
    for _ in $(seq 100); do
        [ "$(sinfo --noheader --Format=StateCompact --partition=cpu 2>/dev/null | xargs)" = idle ] && return
        sleep 0.2
    done
    say "not up: see $1/log"
}

# The daemon of a pid file.
end() {
    [ -s "$1" ] || return 0
    daemon=$(cat "$1")
    kill "$daemon" 2>/dev/null || return 0
    for _ in $(seq 100); do
        kill -0 "$daemon" 2>/dev/null || return 0
        sleep 0.1
    done
}

stop() {
    [ -e $conf ] && grep -q "^$ours" $conf || return 0
    folder=$(sed -n "s|^$ours||p" $conf)
    scancel --user=root 2>/dev/null || true
    for _ in $(seq 50); do
        [ -z "$(squeue --noheader 2>/dev/null)" ] && break
        sleep 0.2
    done
    end "$folder/slurmd.pid"
    end "$folder/slurmctld.pid"
    end /run/munge/resound.pid
    rm -f $conf $gres
}

case "${1:-}" in
start) start "${2:?the folder for its state and logs}" ;;
stop) stop ;;
*) say "start FOLDER | stop" ;;
esac
