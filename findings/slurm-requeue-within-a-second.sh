#!/bin/sh
# Slurm 22.05.8 (packages of Debian 12 on x86-64, which has to have what they depend on: apt-get install slurmctld slurmd; 4 MB to
# fetch, unpacked here and not installed): a job that is requeued and begins again at once
#
# Expected: `scontrol requeue` ends a job's processes and puts it back into the queue; when its time to start is then set to
# now, it runs again.
# Seen: where that is in the second in which it was killed, the node refuses it ("already killed, do not launch batch job"), and
# the controller has it as FAILED with exit code 1, though nothing of it ever ran: no line of its script, no output. A second
# later the same words run it again. Credentials are compared by whole seconds.
# For who searches by jobs: exit code 1 without a word in the log need not be one's program, and such a job is not requeued again
# by itself. Wait a second between the two.
set -eu
work=$(mktemp -d)
trap 'stop; rm -rf "$work"' EXIT
stop() {
  for each in slurmd slurmctld munge/munged; do
    [ ! -f "$work/$each.pid" ] || kill -KILL "$(cat "$work/$each.pid")" 2>/dev/null || true
  done
}
cd "$work"
slurm=22.05.8-4+deb12u3 munge=0.5.15-2+deb12u1
apt-get download -qq slurmctld=$slurm slurmd=$slurm slurm-client=$slurm slurm-wlm-basic-plugins=$slurm \
  munge=$munge libmunge2=$munge 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
lib=$work/root/usr/lib/x86_64-linux-gnu
export PATH="$work/root/usr/bin:$work/root/usr/sbin:$PATH" LD_LIBRARY_PATH="$lib:$lib/slurm-wlm" SLURM_CONF="$work/slurm.conf"
mkdir -m 700 munge && mkdir state spool
dd if=/dev/urandom of=munge/key bs=1024 count=1 status=none && chmod 400 munge/key
me=$(id -un) host=$(hostname -s) port=$((20000 + $$ % 20000))
cat >slurm.conf <<END
ClusterName=test
SlurmctldHost=$host(127.0.0.1)
SlurmctldPort=$port
SlurmdPort=$((port + 1))
SlurmUser=$me
SlurmdUser=$me
PluginDir=$lib/slurm-wlm
AuthType=auth/munge
AuthInfo=socket=$work/munge/socket
StateSaveLocation=$work/state
SlurmdSpoolDir=$work/spool
SlurmctldPidFile=$work/slurmctld.pid
SlurmdPidFile=$work/slurmd.pid
SlurmctldLogFile=$work/slurmctld.log
SlurmdLogFile=$work/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SlurmdParameters=config_overrides
MpiDefault=none
SelectType=select/cons_res
SelectTypeParameters=CR_CPU
SchedulerParameters=batch_sched_delay=0,sched_min_interval=0,bf_interval=1
NodeName=$host NodeAddr=127.0.0.1 CPUs=4 State=UNKNOWN
PartitionName=test Nodes=ALL Default=YES State=UP
END
munged --force --key-file=munge/key --socket="$work/munge/socket" --pid-file="$work/munge/munged.pid" \
  --log-file="$work/munge/log" --seed-file="$work/munge/seed" 2>munged.err
slurmctld -c
slurmd -d "$work/root/usr/sbin/slurmstepd-wlm"
until sinfo -h -o %t | grep -q idle; do sleep 0.1; done

cat >job.sh <<END
#!/bin/sh
echo begun >>"$work/said.\$SLURM_JOB_ID"
[ "\$(wc -l <"$work/said.\$SLURM_JOB_ID")" -gt 1 ] || exec sleep 600
END
field() { scontrol show job "$1" | sed -n "s/.*\b$2=\([^ ]*\).*/\1/p"; }
until_is() { # JOB PATTERN
  for _ in $(seq 200); do field "$1" JobState | grep -Eq "$2" && return; sleep 0.05; done
  echo "job $1 never was $2" >&2
  exit 1
}
# Requeues a job, and has it begin again after some seconds. The submission wakes the scheduler.
again() { # SECONDS
  job=$(sbatch --parsable --requeue --output=/dev/null job.sh)
  until [ -s "said.$job" ]; do sleep 0.05; done
  sleep 1 # So that it was not killed in the second in which it began.
  while [ "$(date +%N | cut -c1)" != 0 ]; do sleep 0.02; done
  scontrol requeue "$job"
  until_is "$job" PENDING
  sleep "$1"
  scontrol update JobId="$job" StartTime=now
  sbatch --parsable --output=/dev/null --wrap=true >/dev/null
  until_is "$job" 'COMPLETED|FAILED'
}
for wait in 0 1.1; do
  for _ in 1 2 3 4 5; do # A slow machine may start it a second later by itself.
    again $wait
    last=$(field "$job" JobState)-$(wc -l <"said.$job")
    [ "$wait $last" = '0 COMPLETED-2' ] || break
  done
  echo "started again after $wait s: ${last%-*}, exit code $(field "$job" ExitCode); its script has begun ${last#*-} time(s)"
  seen="${seen:-}$last "
done
grep -o 'Job [0-9]* already killed, do not launch batch job' slurmd.log || true
sinfo --version
[ "$seen" = 'FAILED-1 COMPLETED-2 ' ] || {
  echo 'Slurm has changed: see the head of this script'
  exit 1
}
