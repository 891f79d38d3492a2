namespace LlmTelemetry.CostExporter;

/// <summary>How records stand in a file, each in a line of its own.</summary>
internal abstract class RecordLines
{
    /// <summary>The line, without its end.</summary>
    public abstract byte[] Write(UsageRecord record);

    /// <exception cref="FormatException">It is no record.</exception>
    public abstract UsageRecord Read(ReadOnlyMemory<byte> line);

    /// <summary>Where the record of a line stands among all, where that can be seen without reading the line; null: read it.</summary>
    public virtual RecordKey? Peek(ReadOnlySpan<byte> line) => null;

    /// <summary>The record of a line; null where a process died while it wrote it, or somebody else did.</summary>
    public UsageRecord? TryRead(ReadOnlyMemory<byte> line)
    {
        try
        {
            return Read(line);
        }
        catch (FormatException)
        {
            return null;
        }
    }
}

/// <summary>JSON Lines.</summary>
internal sealed class JsonLines : RecordLines
{
    public override byte[] Write(UsageRecord record) => UsageRecordJson.Line(record);

    public override UsageRecord Read(ReadOnlyMemory<byte> line) => UsageRecordReader.Read(line);

    public override RecordKey? Peek(ReadOnlySpan<byte> line) => UsageRecordJson.Peek(line);
}

/// <summary>CSV with a header.</summary>
internal sealed class CsvLines : RecordLines
{
    public override byte[] Write(UsageRecord record) => RecordCsv.Line(UsageRecordJson.Line(record));

    public override UsageRecord Read(ReadOnlyMemory<byte> line) => UsageRecordReader.Read(RecordCsv.ToJson(line.Span));
}
