# A number may touch what follows it.
[ 0 1 9223372036854775807 1.5 1. .5 0.5 1.e3 1.5e-3 00.5 007 ]
