#!/usr/bin/env bash
# A Slurm of one node of two cores in a folder of its own, for tests: started and stopped by root, without systemd.
#   cluster.sh start|stop|restart-controller FOLDER PORT    (PORT and the next one are used; SLURM_CONF is FOLDER/slurm.conf)
# CPUS says that it has another number of cores. Debian: apt-get install slurm-wlm munge
set -euo pipefail
[ "$(id -u)" = 0 ] || { echo 'cluster.sh wants to be root.' >&2; exit 1; }
todo=$1 folder=$2 port=${3:-6817}
export SLURM_CONF=$folder/slurm.conf

kill_by() { # FILE [SIGNAL]: ends the process whose id is in it, and waits for that
  local pid
  pid=$(cat "$1" 2>/dev/null) || return 0
  kill -"${2:-KILL}" "$pid" 2>/dev/null || true
  while kill -0 "$pid" 2>/dev/null; do sleep 0.05; done
  rm -f "$1"
}

configure() {
  mkdir -p "$folder"/{state,spool,munge}
  dd if=/dev/urandom of="$folder/munge/key" bs=1024 count=1 status=none
  chown -R munge:munge "$folder/munge"
  chmod 700 "$folder/munge" && chmod 400 "$folder/munge/key"
  cat >"$SLURM_CONF" <<END
ClusterName=test
SlurmctldHost=$(hostname -s)(127.0.0.1)
SlurmctldPort=$port
SlurmdPort=$((port + 1))
SlurmUser=root
AuthType=auth/munge
AuthInfo=socket=$folder/munge/socket
StateSaveLocation=$folder/state
SlurmdSpoolDir=$folder/spool
SlurmctldPidFile=$folder/slurmctld.pid
SlurmdPidFile=$folder/slurmd.pid
SlurmctldLogFile=$folder/slurmctld.log
SlurmdLogFile=$folder/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SlurmdParameters=config_overrides
MpiDefault=none
SelectType=select/cons_res
SelectTypeParameters=CR_CPU
SchedulerParameters=sched_interval=1,batch_sched_delay=0,default_queue_depth=2000,sched_min_interval=0,bf_interval=1
ReturnToService=2
KillWait=10
MinJobAge=300
MaxJobCount=20000
NodeName=$(hostname -s) NodeAddr=127.0.0.1 CPUs=${CPUS:-2} State=UNKNOWN
PartitionName=test Nodes=ALL Default=YES State=UP
END
}

case $todo in
start)
  configure
  munged --force --key-file="$folder/munge/key" --socket="$folder/munge/socket" --pid-file="$folder/munge/pid" \
    --log-file="$folder/munge/log" --seed-file="$folder/munge/seed" 2>"$folder/munged.err"
  slurmctld -c
  slurmd
  for _ in $(seq 200); do
    sinfo -h -o %t 2>/dev/null | grep -q idle && exit 0
    sleep 0.1
  done
  tail -5 "$folder"/slurmctld.log "$folder"/slurmd.log >&2
  exit 1
  ;;
restart-controller)
  # In order, so that it writes down what runs: else it may start that anew, and drain the node for two jobs of one id.
  kill_by "$folder/slurmctld.pid" TERM
  sleep "${4:-0}"
  slurmctld
  ;;
stop)
  scancel --quiet --user=root 2>/dev/null || true
  for _ in $(seq 50); do [ -z "$(squeue -h 2>/dev/null)" ] && break; sleep 0.1; done
  for each in slurmd.pid slurmctld.pid munge/pid; do kill_by "$folder/$each"; done
  ;;
esac
