"""Drivers: one connection to controllers, Modbus TCP or OPC UA, behind the Link protocol of sdanlegg.driver."""
