import select, socket, sys

s = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
s.connect(("127.0.0.1", int(sys.argv[1])))
print("got", s.recv(2048).decode().rstrip(), flush=True)  # the greeting comes first
while True:
    readable, _, _ = select.select([sys.stdin, s], [], [])
    for r in readable:
        if r is s:
            data = s.recv(2048)
            if not data:
                sys.exit()
            print("got", data.decode().rstrip(), flush=True)
        else:
            line = sys.stdin.readline()
            if not line:
                sys.exit()
            s.send(line.rstrip("\n").encode())
