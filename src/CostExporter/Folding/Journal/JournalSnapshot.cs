using System.Text;

namespace LlmTelemetry.CostExporter;

/// <summary>
/// What was drained from the pending map and is not in the store for sure: the numbered batches that are held, and rows that wait for their turn.
/// One file, replaced as a whole: with it everything of its epoch and before says nothing more.
/// </summary>
/// <param name="Epoch">The last epoch it holds the rows of.</param>
/// <param name="Store">Which store they are for.</param>
/// <param name="Batches">Numbered: they may be in the store.</param>
/// <param name="Loose">Not numbered: they are not.</param>
internal sealed record JournalSnapshot(long Epoch, Guid Store, IReadOnlyList<JournaledBatch> Batches, IReadOnlyList<SpendRow> Loose)
{
    private const byte BatchKind = 1;
    private const byte LooseKind = 2;

    public bool IsEmpty => Batches.Count == 0 && Loose.Count == 0;

    public long Rows => Batches.Sum(b => (long)b.Batch.Rows.Count) + Loose.Count;

    /// <summary>How many frames it has.</summary>
    public int Frames => Batches.Count + ((Loose.Count + SpendBatch.MaxRows - 1) / SpendBatch.MaxRows);

    /// <summary>Writes as much as there is room for, batches first.</summary>
    /// <returns>Rows that there was no room for.</returns>
    public long Write(Stream to, long room)
    {
        long left = 0;
        foreach (var batch in Batches)
        {
            left += WriteFrame(to, ref room, Frame(in batch), batch.Batch.Rows.Count);
        }

        foreach (var rows in Loose.Chunk(SpendBatch.MaxRows))
        {
            left += WriteFrame(to, ref room, Frame(rows), rows.Length);
        }

        return left;
    }

    /// <summary>Reads what is whole; its epoch is -1 where nothing is.</summary>
    /// <param name="file">Everything there is.</param>
    /// <param name="damaged">How many places are not whole.</param>
    public static JournalSnapshot Read(ReadOnlySpan<byte> file, out int damaged)
    {
        var batches = new Dictionary<(string, string, long), JournaledBatch>();
        var loose = new List<SpendRow>();
        var (epoch, store) = (-1L, Guid.Empty);
        foreach (var frame in JournalFrames.Read(file, out damaged))
        {
            using var reader = new BinaryReader(new MemoryStream(frame), Encoding.UTF8);
            var kind = reader.ReadByte();
            epoch = reader.Read7BitEncodedInt64();
            store = new Guid(reader.ReadBytes(16));
            if (kind == BatchKind)
            {
                var at = new DateTimeOffset(reader.Read7BitEncodedInt64(), TimeSpan.Zero);
                var batch = new SpendBatch(reader.ReadString(), reader.ReadString(), reader.Read7BitEncodedInt64(), ReadRows(reader));
                batches[(batch.Instance, batch.Partition, batch.Number)] = new JournaledBatch(batch, at);
            }
            else
            {
                loose.AddRange(ReadRows(reader));
            }
        }

        return new JournalSnapshot(epoch, store, [.. batches.Values], loose);
    }

    private static long WriteFrame(Stream to, ref long room, byte[] frame, int rows)
    {
        if (frame.Length > room)
        {
            return rows;
        }

        room -= frame.Length;
        to.Write(frame);
        return 0;
    }

    private static SpendRow[] ReadRows(BinaryReader reader)
    {
        var rows = new SpendRow[reader.Read7BitEncodedInt()];
        for (var i = 0; i < rows.Length; i++)
        {
            rows[i] = JournalFrames.ReadRow(reader);
        }

        return rows;
    }

    private byte[] Frame(in JournaledBatch journaled)
    {
        var (batch, at) = journaled;
        return JournalFrames.Make(writer =>
        {
            Begin(writer, BatchKind);
            writer.Write7BitEncodedInt64(at.UtcTicks);
            writer.Write(batch.Instance);
            writer.Write(batch.Partition);
            writer.Write7BitEncodedInt64(batch.Number);
            WriteRows(writer, batch.Rows);
        });
    }

    private byte[] Frame(SpendRow[] rows) => JournalFrames.Make(writer =>
    {
        Begin(writer, LooseKind);
        WriteRows(writer, rows);
    });

    // In every frame: one that is damaged must not take the others' meaning with it.
    private void Begin(BinaryWriter writer, byte kind)
    {
        writer.Write(kind);
        writer.Write7BitEncodedInt64(Epoch);
        writer.Write(Store.ToByteArray());
    }

    private static void WriteRows(BinaryWriter writer, IReadOnlyList<SpendRow> rows)
    {
        writer.Write7BitEncodedInt(rows.Count);
        foreach (var row in rows)
        {
            JournalFrames.WriteRow(writer, in row);
        }
    }
}

/// <summary>A batch in a journal.</summary>
/// <param name="Batch">The batch.</param>
/// <param name="At">When it was written down by the exporter that numbered it.</param>
internal readonly record struct JournaledBatch(SpendBatch Batch, DateTimeOffset At);
