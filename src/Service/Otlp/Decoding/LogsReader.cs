using System.Text;
using LlmTelemetry.CostExporter;
using LlmTelemetry.Service.Wire;

namespace LlmTelemetry.Service;

/// <summary>Reads the usage events of an <c>ExportLogsServiceRequest</c>; of other log records nothing. Used for one request.</summary>
internal sealed class LogsReader(OtlpReading reading, OtlpLimits limits)
{
    // Far more than the longest record that we write.
    private const int MaxBodyBytes = 128 << 10;

    private static readonly uint ResourceLogsTag = ProtoReader.Message(ExportLogsServiceRequest.ResourceLogsFieldNumber);
    private static readonly uint ResourceTag = ProtoReader.Message(ResourceLogs.ResourceFieldNumber);
    private static readonly uint ScopeLogsTag = ProtoReader.Message(ResourceLogs.ScopeLogsFieldNumber);
    private static readonly uint RecordTag = ProtoReader.Message(ScopeLogs.LogRecordsFieldNumber);
    private static readonly uint EventNameTag = ProtoReader.Message(LogRecord.EventNameFieldNumber);
    private static readonly uint AttributeTag = ProtoReader.Message(LogRecord.AttributesFieldNumber);
    private static readonly uint BodyTag = ProtoReader.Message(LogRecord.BodyFieldNumber);

    public void Read(ReadOnlySpan<byte> request)
    {
        for (var field = new ProtoReader(request); field.Next();)
        {
            if (field.Tag == ResourceLogsTag)
            {
                ReadResource(field.Bytes);
            }
        }
    }

    private void ReadResource(ReadOnlySpan<byte> resource)
    {
        var source = ResourceReader.Read(OtlpFields.Single(resource, ResourceTag), limits.MaxAttributeBytes);
        for (var field = new ProtoReader(resource); field.Next();)
        {
            if (field.Tag == ScopeLogsTag)
            {
                ReadScope(in source, field.Bytes);
            }
        }
    }

    private void ReadScope(in TelemetrySource source, ReadOnlySpan<byte> logs)
    {
        for (var field = new ProtoReader(logs); field.Next();)
        {
            if (field.Tag != RecordTag)
            {
                continue;
            }

            reading.CountItem();
            if (IsUsageEvent(field.Bytes))
            {
                ReadEvent(in source, OtlpFields.Single(field.Bytes, BodyTag));
            }
            else
            {
                reading.CountUnrelated();
            }
        }
    }

    private void ReadEvent(in TelemetrySource source, ReadOnlySpan<byte> body)
    {
        if (!AttributeReader.TryReadText(body, out var text) || text.Length > MaxBodyBytes)
        {
            Reject("the body of a usage event is not a text, or too long");
            return;
        }

        try
        {
            reading.Of(in source).Calls.Add(UsageEventLog.Read(in source, Encoding.UTF8.GetString(text)));
        }
        catch (FormatException cause)
        {
            Reject(cause.Message);
        }
    }

    private void Reject(string why) => reading.Reject(UsageSourceKind.Events, Vocabulary.RejectedReasons.Unreadable, why);

    private static bool IsUsageEvent(ReadOnlySpan<byte> record)
    {
        // The field is newer than the attribute: where it is there, it holds.
        if (OtlpFields.Single(record, EventNameTag) is { Length: > 0 } name)
        {
            return Ascii.Equals(name, UsageEventLog.EventName);
        }

        for (var field = new ProtoReader(record); field.Next();)
        {
            if (field.Tag == AttributeTag)
            {
                AttributeReader.Split(field.Bytes, out var key, out var value);
                if (Ascii.Equals(key, Vocabulary.Events.NameAttribute))
                {
                    return AttributeReader.TryReadText(value, out var said) && Ascii.Equals(said, UsageEventLog.EventName);
                }
            }
        }

        return false;
    }
}
