# Runs a PostgreSQL of its own, for as long as somebody holds this script's standard input open: it ends with whoever
# started it, however that ends. Arguments: the folder of the programs, and a folder that is removed at the end.

programs=$1
folder=$2
trap 'rm -rf "$folder"' EXIT

# The more its default order differs from code points, the better: our columns must name their own.
for locale in '--locale=C --locale-provider=icu --icu-locale=zh-CN' \
    --locale=zh_CN.UTF-8 --locale=en_US.UTF-8 --locale=C.UTF-8 --locale=C; do
    rm -rf "$folder/data"
    # shellcheck disable=SC2086 # several words
    "$programs/initdb" --pgdata="$folder/data" --username=cobuild --auth=trust --encoding=UTF8 --no-sync $locale \
        >>"$folder/log" 2>&1 && break
done

"$programs/postgres" -D "$folder/data" -c listen_addresses= -c unix_socket_directories="$folder" -c port=5432 \
    -c fsync=off -c synchronous_commit=off -c full_page_writes=off -c max_connections=300 -c autovacuum=off \
    >>"$folder/log" 2>&1 &
postgres=$!

read -r _
# QUIT ends it at once, but is lost on one that has hardly begun; TERM is not.
kill -TERM "$postgres"
kill -QUIT "$postgres"
wait "$postgres"
