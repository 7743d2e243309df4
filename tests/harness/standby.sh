# Runs a PostgreSQL and a standby of it, for as long as somebody holds this script's standard input open. A line that says
# `promote` ends the first and makes the second the primary. Arguments: the folder of the programs, and a folder that is removed
# at the end.

programs=$1
folder=$2
trap 'rm -rf "$folder"' EXIT

run() {
    mkdir -p "$folder/$1"
    "$programs/postgres" -D "$folder/$1/data" -c listen_addresses= -c unix_socket_directories="$folder/$1" -c port=5432 \
        -c fsync=off -c full_page_writes=off -c autovacuum=off -c shared_buffers=16MB -c wal_level=replica \
        -c wal_receiver_status_interval=1s >>"$folder/log" 2>&1 &
}

ready() {
    until grep -q '^ready *$' "$folder/$1/data/postmaster.pid" 2>>/dev/null; do sleep 0.05; done
}

mkdir "$folder/primary"
"$programs/initdb" --pgdata="$folder/primary/data" --username=cobuild --auth=trust --encoding=UTF8 --no-sync --locale=C \
    >>"$folder/log" 2>&1
run primary
primary=$!
ready primary
mkdir "$folder/standby"
"$programs/pg_basebackup" -h "$folder/primary" -U cobuild -D "$folder/standby/data" -R -X stream -c fast --no-sync \
    >>"$folder/log" 2>&1
run standby
standby=$!
ready standby
touch "$folder/ready"

while read -r word; do
    if [ "$word" = promote ]; then
        kill -QUIT "$primary"
        "$programs/pg_ctl" promote -w -D "$folder/standby/data" >>"$folder/log" 2>&1
        touch "$folder/promoted"
    fi
done
kill -TERM "$primary" "$standby" 2>>/dev/null
kill -QUIT "$primary" "$standby" 2>>/dev/null
wait
