"""The twin of the hall: one plant on real Modbus TCP and OPC UA sockets. Shares no codec with the drivers."""
