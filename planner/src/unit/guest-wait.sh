# Inside, before `init`: waits for the host's side. Until there is an `init` that
# listens to it, the signal for a power-off (SIGRTMIN+3) ends the container.
trap 'exit 0' 37
end=$((LISTEN_FDS + 2))
eval "read -r word <&$end" || { echo 'the network of the host is not set up' >&2; exit 1; }
eval "exec $end<&-"
LISTEN_FDS=$((LISTEN_FDS - 1))
if [ $LISTEN_FDS = 0 ]; then unset LISTEN_FDS LISTEN_PID; fi
