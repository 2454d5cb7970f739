"""The loops that an expert writes by hand, an engine a file.

Each file has the models of workloads.py under their names, and a class `Native(workload, weights,
trains, data)` with `fit`, `evaluate`, `predict` as in contestants.py; `trains` says which weights
do. Weights come in Keras's order.
"""
