#!/bin/sh
# Sweeps on a real Ray of one node of two CPUs, held against the same sweep here: sh bench/ray.sh [DIR]
#
# Wants `ray` (pip install 'ray[default]') in PATH or by its path in RAY, and a build. Takes some minutes. A job is stopped,
# the search is killed, and the head starts anew in the middle; each time the table is to be that of the sweep here, to the byte.
set -eu
here=$(cd "$(dirname "$0")/.." && pwd -P)
root=${1:-$(mktemp -d)}
mkdir -p "$root"
cd "$root"
ray=${RAY:-ray} port=${RAY_PORT:-8265}
export AIGC_OFFLINE=1 AIGC_BACKEND=wasm RAY_USAGE_STATS_ENABLED=0
aigc() { node "$here/bin/aigc.js" "$@"; }
now() { date +%s.%N; }
head=

start_head() {
  setsid "$ray" start --head --block --dashboard-host 127.0.0.1 --dashboard-port "$port" --port $((port + 1)) --num-cpus 2 \
    --include-dashboard true --disable-usage-stats --temp-dir "$root/t" >head.log 2>&1 &
  head=$!
  until curl -sf "http://127.0.0.1:$port/api/version" >version.json; do sleep 0.5; done
}
kill_head() { # And all that is Ray's: told by SIGTERM, it waits for its jobs.
  kill -9 "-$head" 2>/dev/null || true
  wait "$head" 2>/dev/null || true
}
trap 'kill_head' EXIT
trap 'exit 1' INT TERM

sweep() { aigc sweep --model vae --data digits --set hidden-units=8 --set learning-rate=1e-3,1e-2 --seeds 1,2 --epochs 8 "$@"; }
on_ray() { sweep --on ray --ray "http://127.0.0.1:$port" "$@"; }
table() { grep '^|.*|$' "$1/report.md"; }
same() { # FOLDER OTHER
  table "$1" >one; table "$2" >two
  cmp one two && echo "  the table of $2 is that of $1, to the byte; $(wc -l <"$2/trials.jsonl") results, $(ls "$2/jobs" | grep -c json) jobs' ends"
  [ -z "$(ls "$2/jobs" | grep '\.ray$' || true)" ] || { echo '  its mark is left'; exit 1; }
}

rm -rf here there stopped shaken killed
start_head
echo "Ray $(sed 's/.*"ray_version": "\([^"]*\)".*/\1/' version.json), one node of 2 CPUs"

echo '1. four trials here, and on Ray'
began=$(now); sweep --out here --parallel 2 --quiet >here.out
echo "  here: $(echo "$(now) - $began" | bc) s"
began=$(now); on_ray --out there 2>there.log >there.out
echo "  on Ray: $(echo "$(now) - $began" | bc) s"
same here there

echo '2. a job is stopped in the middle; --resume goes on with it'
on_ray --out stopped >stopped.out 2>stopped.log & search=$!
until [ -s stopped/trials/0002/metrics.jsonl ]; do sleep 0.1; done
job=$(basename stopped/jobs/aigc-*.ray .ray)-0002-1-1
"$ray" job stop --address "http://127.0.0.1:$port" "$job" 2>&1 | grep -i 'stopped\|stop' | tail -1 | sed "s/.*Job '/  ray job stop: '/"
code=0; wait $search || code=$?
echo "  the search ended with $code: $(tail -2 stopped.log | head -1)"
[ $code = 143 ]
grep -h 'has written its checkpoint' stopped/jobs/0002-1.log | tail -1 | sed 's/^/  the job: /'
aigc sweep --resume --out stopped --on ray >stopped.out 2>>stopped.log
same here stopped

echo '3. the head is killed in the middle, and starts anew'
on_ray --out shaken >shaken.out 2>shaken.log & search=$!
until [ -s shaken/trials/0002/metrics.jsonl ]; do sleep 0.1; done
kill_head; sleep 3; start_head
wait $search
grep -h 'answer\|taken away' shaken.log | sed 's/^/  /'
same here shaken

echo '4. the search is killed by SIGKILL; --resume finds its jobs'
node "$here/bin/aigc.js" sweep --model vae --data digits --set hidden-units=8 --set learning-rate=1e-3,1e-2 --seeds 1,2 --epochs 8 \
  --out killed --on ray --ray "http://127.0.0.1:$port" >killed.out 2>killed.log & search=$!
until [ -s killed/trials/0002/metrics.jsonl ]; do sleep 0.1; done
name=$(basename killed/jobs/aigc-*.ray .ray)
kill -KILL $search; wait $search 2>/dev/null || true
aigc sweep --resume --out killed >killed.out 2>>killed.log
grep -h 'still has' killed.log | sed 's/^/  /'
same here killed
curl -sf "http://127.0.0.1:$port/api/jobs/" | grep -o "\"submission_id\": \"$name[^\"]*" | sort | sed 's/.*"/  a job: /'

echo '5. what goes wrong'
code=0; sweep --out none --on ray --ray http://127.0.0.1:1 --quiet || code=$?
echo "  ended with $code"
