#!/bin/sh
# AutoML over two convolutional networks, in digits.db of the current folder. What was interrupted goes on.
set -eu
here=$(cd "$(dirname "$0")" && pwd)

automl() { bbopt keras-automl "$@" --database sqlite:///digits.db; }

python "$here/write_digits.py" digits.npz
automl load-table digits.npz --table digits_data --overwrite
automl train-test-split --source-table digits_data --output-table digits --train-proportion 0.8 \
    --grouping-cols digit --separate-output-tables true --overwrite
automl prepare --source-table digits_train --output-table digits_train_packed \
    --dependent-varname digit --independent-varname image --normalizing-const 16 --overwrite
automl prepare --source-table digits_test --output-table digits_test_packed \
    --dependent-varname digit --independent-varname image \
    --training-preprocessor-table digits_train_packed --overwrite
automl load-keras-model "$here/cnn_1.json" --model-arch-table cnn_library \
    --description 'one convolution' --overwrite
automl load-keras-model "$here/cnn_2.json" --model-arch-table cnn_library --description 'two convolutions'

automl --source-table digits_train_packed --validation-table digits_test_packed \
    --model-output-table digits_output --model-selection-table digits_mst_table \
    --model-arch-table cnn_library --model-id-list 1,2 \
    --compile-params-grid "{
        'loss': ['categorical_crossentropy'],
        'optimizer_params_list': [
            {'optimizer': ['Adam'], 'lr': [0.0003, 0.03, 'log']},
            {'optimizer': ['SGD'], 'lr': [0.003, 0.3, 'log'], 'momentum': [0.8, 0.99, 'log_near_one']}
        ],
        'metrics': ['accuracy']
    }" \
    --fit-params-grid "{'batch_size': [16, 32, 64], 'epochs': [1]}" \
    --automl-method hyperband --automl-params 'R=9, eta=3, skip_last=0' \
    --metrics-compute-frequency 3 --random-state 1 --cores 2 --overwrite "$@"
automl show-table digits_output_info --columns mst_key,model_id,compile_params,validation_metrics_final \
    --order-by 'validation_metrics_final DESC, validation_loss_final' --limit 3 -x

automl predict --model-table digits_output --test-table digits_test --output-table digits_predict --overwrite
automl show-table digits_predict --order-by id --limit 10
