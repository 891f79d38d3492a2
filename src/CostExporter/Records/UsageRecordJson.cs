using System.Buffers;
using System.Buffers.Text;
using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using LlmTelemetry.Usage;

namespace LlmTelemetry.CostExporter;

/// <summary>Writes a record as one line of JSON: docs/records.md. The same record gives the same bytes.</summary>
internal static class UsageRecordJson
{
    private static readonly JsonWriterOptions Options = new()
    {
        // No HTML page shows it: names of people stay readable, and short.
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        SkipValidation = true,
    };

    /// <summary>Where the record of a line that this class wrote stands among all; null where the line begins otherwise.</summary>
    public static RecordKey? Peek(ReadOnlySpan<byte> line)
    {
        const int IdAt = 19;
        const int TimeAt = IdAt + 36 + 10;
        return line.Length > TimeAt + 28
            && line.StartsWith("{\"version\":1,\"id\":\""u8) && Utf8Parser.TryParse(line.Slice(IdAt, 36), out Guid id, out var length) && length == 36
            && line[(IdAt + 36)..].StartsWith("\",\"time\":\""u8) && Utf8Parser.TryParse(line.Slice(TimeAt, 28), out DateTimeOffset time, out length, 'O') && length == 28
            ? new RecordKey(time.UtcTicks, id)
            : null;
    }

    /// <summary>The line, without an end.</summary>
    public static byte[] Line(UsageRecord record)
    {
        var buffer = new ArrayBufferWriter<byte>(1024);
        using var json = new Utf8JsonWriter(buffer, Options);
        Write(json, record);
        json.Flush();
        return buffer.WrittenSpan.ToArray();
    }

    /// <summary>One object.</summary>
    public static void Write(Utf8JsonWriter json, UsageRecord record)
    {
        json.WriteStartObject();
        json.WriteNumber(RecordFields.Version, RecordFields.LatestVersion);
        json.WriteString(RecordFields.Id, record.Id);
        json.WriteString(RecordFields.Time, record.EndedAt.UtcDateTime.ToString("O", CultureInfo.InvariantCulture));
        Number(json, RecordFields.Duration, PicoText.Of(record.Duration));
        if (record.TimeToFirstChunk is { } first)
        {
            Number(json, RecordFields.FirstChunk, PicoText.Of(first));
        }

        Text(json, RecordFields.Operation, record.Operation);
        Text(json, RecordFields.Provider, record.Provider);
        Text(json, RecordFields.Model, record.Model);
        Text(json, RecordFields.RequestModel, record.RequestModel);
        Text(json, RecordFields.ResponseId, record.ResponseId);
        Text(json, RecordFields.ServiceTier, record.ServiceTier);
        Text(json, RecordFields.Region, record.Region);
        WriteAttribution(json, record.Attribution);
        json.WriteString(RecordFields.Outcome, record.Outcome.Word());
        Text(json, RecordFields.ErrorType, record.ErrorType);
        Text(json, RecordFields.ErrorText, record.ErrorText);
        if (record.Calls != 1)
        {
            json.WriteNumber(RecordFields.Calls, record.Calls);
        }

        Flag(json, RecordFields.CacheHit, record.IsCacheHit);
        Flag(json, RecordFields.Inconsistent, record.UsageInconsistent);
        json.WriteString(RecordFields.Quality, record.Quality.Word());
        WriteUsage(json, record.Usage);
        WriteCost(json, record.Cost);
        Amount(json, RecordFields.Charge, record.ChargePico);
        Amount(json, RecordFields.Saved, record.SavedPico);
        json.WriteEndObject();
    }

    private static void WriteAttribution(Utf8JsonWriter json, in Attribution said)
    {
        Text(json, said.IsUserHashed ? RecordFields.UserHash : RecordFields.User, said.User);
        Text(json, RecordFields.Tenant, said.Tenant);
        Text(json, RecordFields.Feature, said.Feature);
        Text(json, RecordFields.Conversation, said.Conversation);
        Text(json, RecordFields.Session, said.Session);
        Text(json, RecordFields.Tier, said.Tier);
        Text(json, RecordFields.Client, said.Client);
        Text(json, RecordFields.Environment, said.Environment);
        if (said.Tags is { Count: > 0 } tags)
        {
            json.WriteStartObject(RecordFields.Tags);
            foreach (var (name, value) in tags.OrderBy(tag => tag.Key, StringComparer.Ordinal))
            {
                json.WriteString(name, value);
            }

            json.WriteEndObject();
        }
    }

    private static void WriteUsage(Utf8JsonWriter json, CallUsage? known)
    {
        if (known is not { } usage)
        {
            json.WriteNull(RecordFields.Usage);
            return;
        }

        json.WriteNumber(RecordFields.InputTokens, usage.InputTokens);
        json.WriteNumber(RecordFields.OutputTokens, usage.OutputTokens);
        json.WriteStartObject(RecordFields.Usage);
        foreach (var bucket in usage)
        {
            json.WriteNumber(bucket.Name(), usage[bucket]);
        }

        json.WriteEndObject();
        if (!usage.Kinds.IsEmpty)
        {
            json.WriteStartArray(RecordFields.Kinds);
            foreach (var part in usage.Kinds)
            {
                json.WriteStartObject();
                json.WriteString(RecordFields.KindBucket, part.Bucket.Name());
                json.WriteString(RecordFields.KindName, part.Kind);
                json.WriteNumber(RecordFields.KindCount, part.Count);
                json.WriteEndObject();
            }

            json.WriteEndArray();
        }
    }

    private static void WriteCost(Utf8JsonWriter json, Cost? known)
    {
        if (known is not { } cost)
        {
            json.WriteNull(RecordFields.CostAmount);
            return;
        }

        Number(json, RecordFields.CostAmount, PicoText.Of(cost.TotalPico));
        json.WriteString(RecordFields.CostCurrency, Cost.Currency);
        json.WriteStartObject(RecordFields.Cost);
        foreach (var bucket in cost)
        {
            Amount(json, bucket.Name(), cost.Pico(bucket) is var pico && pico != 0 ? pico : null);
        }

        json.WriteEndObject();
        Text(json, RecordFields.PriceProvider, cost.Provider);
        Text(json, RecordFields.PriceModel, cost.Model);
        Text(json, RecordFields.PriceVersion, cost.PriceVersion);
    }

    private static void Amount(Utf8JsonWriter json, string name, Int128? pico)
    {
        if (pico is { } known)
        {
            Number(json, name, PicoText.Of(known));
        }
    }

    private static void Flag(Utf8JsonWriter json, string name, bool value)
    {
        if (value)
        {
            json.WriteBoolean(name, value);
        }
    }

    private static void Text(Utf8JsonWriter json, string name, string? value)
    {
        if (value is not null)
        {
            json.WriteString(name, value);
        }
    }

    private static void Number(Utf8JsonWriter json, string name, string number)
    {
        json.WritePropertyName(name);
        json.WriteRawValue(number, skipInputValidation: true);
    }
}
