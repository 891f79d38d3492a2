namespace LlmTelemetry.CostExporter;

/// <summary>The list of the corrections in force.</summary>
internal static class RedisCorrections
{
    /// <summary>See <see cref="ISpendStore.CorrectionsAsync"/>.</summary>
    public static Task<IReadOnlyList<SpendCorrection>> ReadAsync(RedisConnection connection, Keys keys, CancellationToken cancellationToken) =>
        Task.FromResult<IReadOnlyList<SpendCorrection>>([]); // None can be put in force yet.

    /// <summary>See <see cref="ISpendStore.SetCorrectionAsync"/>.</summary>
    public static Task<bool> SetAsync(RedisConnection connection, Keys keys, SpendCorrection correction, bool inForce, CancellationToken cancellationToken) =>
        throw new NotImplementedException($"{connection} {keys} {correction} {inForce} {cancellationToken}");
}
