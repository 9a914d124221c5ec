#!/bin/sh
# MADlib's example of AutoML for Keras, in iris.db of the current folder. A second time it goes on, or begins anew.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
export TF_CPP_MIN_LOG_LEVEL=3

automl() { bbopt keras-automl "$@" --database sqlite:///iris.db; }

# Setup: the data set, a part of it for validation, both packed, and two architectures.
python "$here/write_iris.py" iris.csv
automl load-table iris.csv --table iris_data --overwrite
automl train-test-split --source-table iris_data --output-table iris --train-proportion 0.8 \
    --separate-output-tables true --seed 0 --overwrite
automl prepare --source-table iris_train --output-table iris_train_packed \
    --dependent-varname class_text --independent-varname attributes --overwrite
automl show-table iris_train_packed_summary -x
automl prepare --source-table iris_test --output-table iris_test_packed \
    --dependent-varname class_text --independent-varname attributes \
    --training-preprocessor-table iris_train_packed --overwrite
automl show-table iris_test_packed_summary -x
automl load-keras-model "$here/mlp_1.json" --model-arch-table model_arch_library \
    --name Sophie --description 'MLP with 1 hidden layer' --overwrite
automl load-keras-model "$here/mlp_2.json" --model-arch-table model_arch_library \
    --name Maria --description 'MLP with 2 hidden layers'

search() {
    automl --source-table iris_train_packed --validation-table iris_test_packed \
        --model-output-table automl_output --model-selection-table automl_mst_table \
        --model-arch-table model_arch_library --model-id-list 1,2 \
        --compile-params-grid "{
            'loss': ['categorical_crossentropy'],
            'optimizer_params_list': [
                {'optimizer': ['Adam'], 'lr': [0.001, 0.1, 'log']},
                {'optimizer': ['RMSprop'], 'lr': [0.001, 0.1, 'log']}
            ],
            'metrics': ['accuracy']
        }" \
        --fit-params-grid "{'batch_size': [4, 8], 'epochs': [1]}" \
        --metrics-compute-frequency 1 --random-state 1 --cores 2 --overwrite "$@"
    automl show-table automl_output_summary -x
    automl show-table automl_output_info \
        --order-by 'validation_metrics_final DESC, validation_loss_final' --limit 3 -x
    automl show-table automl_mst_table -x
}

# Hyperband
bbopt hyperband-schedule --R 81 --eta 3 --table hb_schedule --database sqlite:///iris.db --overwrite
automl show-table hb_schedule --order-by 's DESC, i'
search --automl-method hyperband --automl-params 'R=9, eta=3, skip_last=0'

# Hyperopt
search --automl-method hyperopt --automl-params 'num_configs=20, num_iterations=10, algorithm=tpe'

# Inference with the best model
automl predict --model-table automl_output --test-table iris_test --output-table iris_predict --overwrite
automl show-table iris_predict --order-by id
