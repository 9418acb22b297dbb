import select, socket, sys

server = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
server.bind(("127.0.0.1", int(sys.argv[1]) if len(sys.argv) > 1 else 12345))
server.listen(10)
print("listening", server.getsockname()[1], flush=True)
sockets = [server]
users = {}
while True:
    readable, _, _ = select.select(sockets, [], [])
    for s in readable:
        if s is server:
            conn, address = server.accept()
            sockets.append(conn)
            conn.send(("You are connected from:" + str(address)).encode())
            continue
        data = s.recv(2048)
        if not data:
            sockets.remove(s)
            s.close()
            continue
        text = data.decode()
        if text[0] == "#":
            name = text[1:].lower()
            users[name] = s
            s.send(("Your user detail saved as : " + name).encode())
        elif text[0] == "@":
            name, message = text[1:].split(":", 1)
            if name in users:
                users[name].send(message.encode())
