#!/bin/sh
# GRPO on sums, scored at a reward URL. Wants a GPU, verl with vLLM, and `pip install ./trainer_adapters`.
#
#     gavel serve examples/verl/reward.yaml &
#     python examples/verl/prepare.py data/sums
#     sh examples/verl/run.sh
set -eu

data=${DATA:-$PWD/data/sums}

exec python3 -m verl.trainer.main_ppo \
    algorithm.adv_estimator=grpo \
    algorithm.use_kl_in_reward=False \
    data.train_files="$data/train.parquet" \
    data.val_files="$data/test.parquet" \
    data.train_batch_size=64 \
    data.max_prompt_length=128 \
    data.max_response_length=512 \
    actor_rollout_ref.model.path="${MODEL:-Qwen/Qwen3-0.6B}" \
    actor_rollout_ref.actor.optim.lr=1e-6 \
    actor_rollout_ref.actor.ppo_mini_batch_size=64 \
    actor_rollout_ref.actor.ppo_micro_batch_size_per_gpu=8 \
    actor_rollout_ref.rollout.name=vllm \
    actor_rollout_ref.rollout.n=8 \
    actor_rollout_ref.rollout.tensor_model_parallel_size=1 \
    actor_rollout_ref.rollout.log_prob_micro_batch_size_per_gpu=8 \
    actor_rollout_ref.rollout.gpu_memory_utilization=0.5 \
    reward.reward_manager.source=importlib \
    reward.reward_manager.name=GavelRewardManager \
    reward.reward_manager.module.path=pkg://trainer_adapters.verl.manager \
    +reward.reward_kwargs.url="${GAVEL_URL:-http://127.0.0.1:8900}" \
    +reward.reward_kwargs.reward=sums \
    +reward.reward_kwargs.on_unscored=group_mean \
    trainer.n_gpus_per_node="${GPUS:-1}" \
    trainer.nnodes=1 \
    trainer.logger='[console]' \
    trainer.total_epochs=4 "$@"
