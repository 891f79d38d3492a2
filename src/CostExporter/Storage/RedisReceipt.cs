using System.Globalization;
using System.Text;
using StackExchange.Redis;

namespace LlmTelemetry.CostExporter;

/// <summary>A receipt in the form that receive.lua takes, its answer, and the states that it keeps: a version, ':' and the content.</summary>
internal static class RedisReceipt
{
    private const byte Separator = (byte)':';

    /// <param name="receipt">The receipt.</param>
    /// <param name="number">What its answer is told by.</param>
    /// <param name="asksProcess">Whether the answer is to say which process gave it.</param>
    /// <param name="keys">The keys.</param>
    /// <param name="periods">The periods.</param>
    /// <param name="settings">The settings.</param>
    public static (RedisKey[] Keys, RedisValue[] Values) Arrange(
        SpendReceipt receipt, long number, bool asksProcess, Keys keys, SpendPeriods periods, StoreSettings settings)
    {
        var days = receipt.Ids.ToLookup(id => id.Day, id => id.Id);
        var allKeys = new List<RedisKey> { keys.Received(receipt.Partition) };
        var values = new List<RedisValue> { number, asksProcess ? 1 : 0, days.Count, receipt.States.Count, (long)RedisReceipts.StatesKept.TotalSeconds };
        foreach (var day in days)
        {
            allKeys.Add(keys.Ids(receipt.Partition, day.Key));
            values.AddRange([Expiry(day.Key), day.Count(), .. day.Select(id => (RedisValue)id.ToByteArray(bigEndian: true))]);
        }

        foreach (var state in receipt.States)
        {
            allKeys.Add(keys.State(receipt.Partition, state.Key));
            values.AddRange([state.Version, Text(state)]);
        }

        new RedisRows(receipt.Partition, receipt.Rows, keys, periods, settings).AddTo(allKeys, values);
        return ([.. allKeys], [.. values]);
    }

    /// <param name="answer">What receive.lua answered.</param>
    /// <param name="receipt">What it was asked.</param>
    /// <param name="life">The process that answered.</param>
    public static ReceiptReply Read(RedisResult[] answer, SpendReceipt receipt, string life) => new(
        (long)answer[0] == 1 ? ReceiptStatus.Booked : ReceiptStatus.Refused,
        [.. ((byte[][]?)answer[5])!.Select(id => new Guid(id, bigEndian: true))],
        [.. ((long[]?)answer[6])!.Select(number => receipt.States[(int)number - 1].Key)],
        (int)answer[3],
        life);

    public static StoredState ReadState(byte[]? text)
    {
        if (text is null)
        {
            return default;
        }

        var end = Array.IndexOf(text, Separator);
        return end > 0 && long.TryParse(text.AsSpan(0, end), NumberStyles.None, CultureInfo.InvariantCulture, out var version)
            ? new StoredState(version, text.AsMemory(end + 1))
            : throw new InvalidDataException("A state in the store is not in the form that this version writes.");
    }

    private static byte[] Text(in NextState state) =>
        [.. Encoding.ASCII.GetBytes(checked(state.Version + 1).ToString(CultureInfo.InvariantCulture)), Separator, .. state.Content.Span];

    // In numbers, since the last days there are have none so long after them.
    private static long Expiry(DateOnly day) => ((day.DayNumber + 1L - DateOnly.FromDateTime(DateTime.UnixEpoch).DayNumber) * 24 * 3600) + (long)RedisReceipts.IdsKept.TotalSeconds;
}
