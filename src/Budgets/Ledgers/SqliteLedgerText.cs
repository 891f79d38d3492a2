using System.Buffers.Binary;
using System.Text;
using LlmTelemetry.CostExporter;

namespace LlmTelemetry.Budgets;

/// <summary>How slots and lines stand in a column of the budgets' file: little-endian numbers, texts as length and UTF-8, subjects escaped as KeyText says.</summary>
internal static class SqliteLedgerText
{
    private const int SlotLength = 28;

    public static byte[] Slots(List<CounterSlot> slots)
    {
        var bytes = new byte[slots.Count * SlotLength];
        for (var i = 0; i < slots.Count; i++)
        {
            var at = bytes.AsSpan(i * SlotLength, SlotLength);
            BinaryPrimitives.WriteInt64LittleEndian(at, slots[i].Start);
            BinaryPrimitives.WriteInt64LittleEndian(at[8..], slots[i].Ends);
            BinaryPrimitives.WriteInt64LittleEndian(at[16..], slots[i].Used);
            BinaryPrimitives.WriteInt32LittleEndian(at[24..], slots[i].Pico);
        }

        return bytes;
    }

    public static List<CounterSlot> Slots(byte[] bytes)
    {
        var slots = new List<CounterSlot>((bytes.Length / SlotLength) + 1);
        for (var at = bytes.AsSpan(); at.Length > 0; at = at[SlotLength..])
        {
            slots.Add(new(
                BinaryPrimitives.ReadInt64LittleEndian(at),
                BinaryPrimitives.ReadInt64LittleEndian(at[8..]),
                BinaryPrimitives.ReadInt64LittleEndian(at[16..]),
                BinaryPrimitives.ReadInt32LittleEndian(at[24..])));
        }

        return slots;
    }

    public static byte[] Lines(IReadOnlyList<HeldLine> lines)
    {
        using var bytes = new MemoryStream();
        using var writer = new BinaryWriter(bytes, Encoding.UTF8);
        foreach (var line in lines)
        {
            writer.Write(line.Amount);
            writer.Write(line.Counter.Series);
            writer.Write(KeyText.Encode(line.Counter.Subject));
        }

        writer.Flush();
        return bytes.ToArray();
    }

    public static List<HeldLine> Lines(byte[] bytes)
    {
        var lines = new List<HeldLine>();
        using var reader = new BinaryReader(new MemoryStream(bytes), Encoding.UTF8);
        while (reader.BaseStream.Position < bytes.Length)
        {
            var amount = reader.ReadInt64();
            lines.Add(new(new(reader.ReadString(), KeyText.Decode(reader.ReadString()) ?? ""), amount));
        }

        return lines;
    }
}
