#!/usr/bin/env bash
# suite_of.sh TESTBED [short|full]: the suite that is measured there if nobody asked for another.
case $1-${2:-short} in
  cluster-*) echo experiment/suites/cluster.json ;;
  training-full) echo experiment/suites/training_full.json ;;
  training-*) echo experiment/suites/training.json ;;
  training_cluster-*) echo experiment/suites/training_cluster.json ;;
  *) echo experiment/suites/default.json ;;
esac
