#!/usr/bin/env bash
# A SLURM cluster of one node on this machine, for tests: slurm.sh start FOLDER | stop
#
# Uses Debian's slurm-wlm and munge, without accounting. The node declares more cores and memory
# than the machine has, and /dev/zero as its GPU: the tests check what jobs request and where they
# run. It only starts with RESOUND_TEST_CLUSTER=1, and never changes the configuration of a real
# cluster.
set -euo pipefail

conf=/etc/slurm/slurm.conf # the only place where `srun` in a job looks
gres=/etc/slurm/gres.conf
marker="# resound's test cluster in "
node=$(hostname -s)

fail() {
    echo "slurm.sh: $*" >&2
    exit 1
}

configure() {
    mkdir -p /etc/slurm "$1"/{state,spool,log}
    # SLURM remembers jobs for an hour (MinJobAge), so that tests can inspect ended ones and
    # Snakemake finds each of its jobs.
    cat >$conf <<CONF
$marker$1
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
    [ "${RESOUND_TEST_CLUSTER:-}" = 1 ] || fail "starts a cluster only with RESOUND_TEST_CLUSTER=1"
    [ "$(id -u)" = 0 ] || fail "only root can start a cluster"
    stop # one that a killed test left behind
    for file in "${SLURM_CONF:-$conf}" $conf $gres /run/slurm/conf; do
        [ ! -e "$file" ] || fail "$file exists: this machine belongs to a cluster"
    done
    ! pgrep -x "slurmctld|slurmd" >/dev/null || fail "SLURM is running: this machine belongs to a cluster"
    configure "$1"
    authenticate
    slurmctld -c
    slurmd
    for _ in $(seq 100); do
        [ "$(sinfo --noheader --Format=StateCompact --partition=cpu 2>/dev/null | xargs)" = idle ] && return
        sleep 0.2
    done
    fail "the cluster did not start: see $1/log"
}

# End the daemon of a pid file.
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
    [ -e $conf ] && grep -q "^$marker" $conf || return 0
    folder=$(sed -n "s|^$marker||p" $conf)
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
*) fail "start FOLDER | stop" ;;
esac
