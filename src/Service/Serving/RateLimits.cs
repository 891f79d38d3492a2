using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Threading.RateLimiting;

namespace LlmTelemetry.Service;

/// <summary>How much one caller may ask. Known callers are told apart by their keys, others by their addresses.</summary>
internal sealed class RateLimits(ServiceOptions options) : IDisposable
{
    private static readonly TimeSpan Shortest = TimeSpan.FromSeconds(1);

    private readonly PartitionedRateLimiter<(ApiCaller? Caller, string Address)> _requests =
        PartitionedRateLimiter.Create<(ApiCaller? Caller, string Address), string>(who => Of(who, new TokenBucketRateLimiterOptions
        {
            TokenLimit = (int)Math.Min(2L * options.RequestsPerSecond, int.MaxValue),
            TokensPerPeriod = options.RequestsPerSecond,
            ReplenishmentPeriod = TimeSpan.FromSeconds(1),
        }));

    private readonly PartitionedRateLimiter<(ApiCaller? Caller, string Address)> _failures =
        PartitionedRateLimiter.Create<(ApiCaller? Caller, string Address), string>(who => Of(who, new TokenBucketRateLimiterOptions
        {
            TokenLimit = options.FailedKeysPerMinute,
            TokensPerPeriod = options.FailedKeysPerMinute,
            ReplenishmentPeriod = TimeSpan.FromMinutes(1),
        }));

    /// <summary>Whether the caller may make another request.</summary>
    public bool MayGoOn(HttpContext context, ApiCaller? caller, out TimeSpan wait) => May(_requests, context, caller, out wait);

    /// <summary>Whether the caller's address may be wrong once more.</summary>
    public bool MayFail(HttpContext context, out TimeSpan wait) => May(_failures, context, null, out wait);

    public void Dispose()
    {
        _requests.Dispose();
        _failures.Dispose();
    }

    public static Task RefuseAsync(HttpContext context, TimeSpan wait, string detail)
    {
        var seconds = (int)Math.Ceiling((wait > Shortest ? wait : Shortest).TotalSeconds);
        context.Response.Headers.RetryAfter = seconds.ToString(CultureInfo.InvariantCulture);
        return ApiProblem.WriteAsync(context, StatusCodes.Status429TooManyRequests, $"{detail} Come again in {seconds} s.");
    }

    private static bool May(PartitionedRateLimiter<(ApiCaller? Caller, string Address)> limiter, HttpContext context, ApiCaller? caller, out TimeSpan wait)
    {
        using var lease = limiter.AttemptAcquire((caller, AddressOf(context.Connection.RemoteIpAddress)));
        wait = lease.TryGetMetadata(MetadataName.RetryAfter, out var after) ? after : Shortest;
        return lease.IsAcquired;
    }

    private static RateLimitPartition<string> Of((ApiCaller? Caller, string Address) who, TokenBucketRateLimiterOptions limit)
    {
        // Without keys everybody is the same caller, and apart by address alone.
        var name = who.Caller is { } caller && caller != ApiCaller.Local ? "key " + caller.Name : who.Address;
        return RateLimitPartition.GetTokenBucketLimiter(name, _ => limit);
    }

    // Whoever has one address of IPv6 has 2^64 of them.
    private static string AddressOf(IPAddress? address)
    {
        if (address is not { AddressFamily: AddressFamily.InterNetworkV6, IsIPv4MappedToIPv6: false })
        {
            return address?.MapToIPv4().ToString() ?? "";
        }

        var network = address.GetAddressBytes();
        network.AsSpan(8).Clear();
        return new IPAddress(network).ToString();
    }
}
