using System.Globalization;

namespace LlmTelemetry.CostExporter;

/// <summary>The corrections in force, and those taken back: one hash, and one step to change it.</summary>
internal static class RedisCorrections
{
    private const string InForce = "1";
    private const int Parts = 3;

    private static readonly string SetScript = StoreScript.Read("correct.lua");

    /// <summary>See <see cref="ISpendStore.CorrectionsAsync"/>.</summary>
    public static async Task<IReadOnlyList<SpendCorrection>> ReadAsync(RedisConnection connection, Keys keys, CancellationToken cancellationToken)
    {
        var fields = await connection.CallAsync(redis => redis.HashGetAllAsync(keys.Corrections), cancellationToken).ConfigureAwait(false);
        return
        [
            .. fields
                .Select(field => (Id: ((string?)field.Name)!, Said: ((string?)field.Value)!.Split('|', Parts)))
                .Where(one => one.Said.Length == Parts && one.Said[0] == InForce)
                .OrderBy(one => long.Parse(one.Said[1], CultureInfo.InvariantCulture))
                .Select(one => CorrectionText.Read(one.Id, one.Said[2])),
        ];
    }

    /// <summary>See <see cref="ISpendStore.SetCorrectionAsync"/>.</summary>
    /// <param name="connection">The server.</param>
    /// <param name="keys">The keys.</param>
    /// <param name="correction">The correction.</param>
    /// <param name="inForce">Whether it is in force from now on.</param>
    /// <param name="kept">How long anything that it may correct is kept.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public static async Task<bool> SetAsync(RedisConnection connection, Keys keys, SpendCorrection correction, bool inForce, TimeSpan kept, CancellationToken cancellationToken) =>
        (long)await connection.RunAsync(
            SetScript,
            [keys.Corrections],
            [correction.Id, inForce ? InForce : "0", CorrectionText.Of(correction), (long)Math.Min(kept.TotalSeconds, int.MaxValue)],
            cancellationToken).ConfigureAwait(false) == 1;
}
