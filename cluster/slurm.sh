#!/usr/bin/env bash
# A run on Slurm: Ray on every node of the job, the driver on the first one.
#
#   sbatch --nodes=2 cluster/slurm.sh configs/paper.yaml run_dir=/shared/runs/paper engine.replicas=8
#
# Everything after the script's name goes to `toolace-mt run`. Two minutes before the time limit the
# driver is asked to stop and the job goes back into the queue; it then continues the same run.
# Why not `ray symmetric-run`: a signal would reach Ray together with the driver that still needs it.
#SBATCH --job-name=toolace-mt
#SBATCH --nodes=1
#SBATCH --ntasks-per-node=1
#SBATCH --gpus-per-node=8
#SBATCH --exclusive
#SBATCH --mem=0
#SBATCH --time=24:00:00
#SBATCH --signal=B:USR1@120
#SBATCH --requeue
#SBATCH --open-mode=append
#SBATCH --output=toolace-mt-%j.log
set -euo pipefail

if (($# < 2)); then
  echo "usage: sbatch cluster/slurm.sh CONFIG run_dir=DIRECTORY [key=value ...]" >&2
  exit 2
fi

driver=""
requeue=0
# shellcheck disable=SC2329 # the traps below invoke it
stop_driver() {
  if [[ -z $driver ]]; then exit 143; fi
  kill -TERM "$driver" 2>/dev/null || true # it may have ended just now
}
trap 'requeue=1; stop_driver' USR1 # from --signal: the time is nearly up
trap stop_driver TERM INT          # cancelled or preempted: Slurm itself decides about requeueing
trap 'kill $(jobs -p) 2>/dev/null || true' EXIT

# shellcheck source=/dev/null
source "${TOOLACE_MT_VENV:-$SLURM_SUBMIT_DIR/.venv}/bin/activate"

ip=$(python -c 'import ray; print(ray.util.get_node_ip_address())')
export RAY_ADDRESS="$ip:6379"
# Without a token, everybody who reaches this port could run code as you.
export RAY_AUTH_MODE=token
RAY_AUTH_TOKEN=$(python -c 'import secrets; print(secrets.token_hex(32))')
export RAY_AUTH_TOKEN

nodes_up() {
  python -c 'import ray; ray.init(); print(sum(node["Alive"] for node in ray.nodes()))' 2>/dev/null ||
    echo 0
}

wait_for_nodes() {
  local up=0
  for _ in {1..60}; do
    up=$(nodes_up)
    if ((up >= $1)); then return; fi
    sleep 2
  done
  echo "only $up of $1 nodes have joined Ray at $RAY_ADDRESS" >&2
  exit 1
}

first=$(hostname)
on_node=(--block "--num-gpus=${SLURM_GPUS_ON_NODE:-0}" "--temp-dir=/tmp/ray-$SLURM_JOB_ID")
step=(srun --overlap --ntasks-per-node=1 "--cpus-per-task=$SLURM_CPUS_ON_NODE")

"${step[@]}" --nodes=1 "--nodelist=$first" \
  ray start --head "--node-ip-address=$ip" --port=6379 "${on_node[@]}" &
wait_for_nodes 1
if ((SLURM_JOB_NUM_NODES > 1)); then
  "${step[@]}" "--nodes=$((SLURM_JOB_NUM_NODES - 1))" "--exclude=$first" \
    ray start "--address=$RAY_ADDRESS" "${on_node[@]}" &
  wait_for_nodes "$SLURM_JOB_NUM_NODES"
fi

toolace-mt run "$@" &
driver=$!
code=0
wait "$driver" || code=$?
while kill -0 "$driver" 2>/dev/null; do # a signal cut the wait short
  code=0
  wait "$driver" || code=$?
done

if ((requeue && code != 0)); then
  scontrol requeue "$SLURM_JOB_ID"
fi
exit "$code"
