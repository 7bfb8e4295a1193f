# Watches over one throwaway server: starts and ends it as it is told, line by line, on standard
# input. At the end of the input, which comes also when the test process is killed, the server is
# ended and its folders are removed.
#
# Arguments: the folder, the data directory (which may lie elsewhere), the program of the server. The
# port stands in the file `port`.
folder=$1
data=$2
server=$3
cd "$folder" || exit 1

begin() {
    rm -f pid ended
    port=$(cat port)
    {
        "$server" -D "$data" -p "$port" -h 127.0.0.1 -k "$folder" >>log 2>&1 &
        echo $! >pid
        wait $!
        echo $? >ended
    } >/dev/null 2>&1 &
    until [ -s pid ]; do sleep 0.01; done
}

# A server that has just been started may not hear a signal yet, so it is sent again.
end() {
    [ -e pid ] || return
    until [ -s ended ]; do
        kill -"$1" "$(cat pid)" 2>/dev/null
        sleep 0.02
    done
    rm -f pid ended
}

while read -r word; do
    case $word in
    start) begin ;;
    *) end "$word" ;;
    esac
    echo done
done
end QUIT

# A server that was killed has left its lock's shared memory behind.
if [ -e "$data/postmaster.pid" ]; then
    ipcrm -m "$(sed -n '7s/.* //p' "$data/postmaster.pid")" 2>/dev/null
fi
tries=0
until rm -rf "$data" "$folder" 2>/dev/null || [ $tries -ge 100 ]; do
    tries=$((tries + 1))
    sleep 0.1
done
