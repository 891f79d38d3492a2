using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using LlmTelemetry.TestKit;

namespace LlmTelemetry.Service.Tests.Serving;

/// <summary>TLS by Kestrel's own settings.</summary>
public sealed class TlsTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("llmtelemetry-tls-");

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task Endpoint_of_the_settings_speaks_tls_with_its_certificate()
    {
        var (pem, key, thumbprint) = await CertificateAsync();
        await using var service = await ServiceUnderTest.StartAsync(Endpoint($"https://127.0.0.1:{Server.FreePort()}", pem, key));
        Assert.Equal(Uri.UriSchemeHttps, service.Url.Scheme);
        string? seen = null;
#pragma warning disable CA5400, CA2000 // The certificate is this test's own, and compared; the handler goes with its client.
        using var client = new HttpClient(new HttpClientHandler { ServerCertificateCustomValidationCallback = (_, certificate, _, _) => (seen = certificate!.Thumbprint) is not null }) { BaseAddress = service.Url };
#pragma warning restore CA5400, CA2000
        using var answer = await client.GetAsync("/api/tokens/today", Token);
        Assert.Equal((HttpStatusCode.OK, thumbprint), (answer.StatusCode, seen));
    }

    [Theory]
    [InlineData("none.pem")]
    [InlineData("junk.pem")]
    [InlineData("own.pem")]
    public async Task Certificate_that_cannot_be_used_is_one_line_and_exit_code_2(string file)
    {
        _ = await CertificateAsync();
        await File.WriteAllTextAsync(Path.Combine(_folder.FullName, "junk.pem"), "no certificate", Token);
        var cli = new Cli();
        cli.Environment["Kestrel__Endpoints__Main__Url"] = "https://127.0.0.1:0";
        cli.Environment["Kestrel__Endpoints__Main__Certificate__Path"] = Path.Combine(_folder.FullName, file);
        var (exitCode, _, error) = await cli.RunAsync("serve", "--store", "sqlite::memory:");
        Assert.Equal(CommandLine.BadArguments, exitCode);
        Assert.StartsWith("llmtelemetry: Kestrel: ", Assert.Single(error.TrimEnd('\n').Split('\n')), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Endpoint_of_the_settings_that_others_reach_needs_keys_too()
    {
        var (pem, key, _) = await CertificateAsync();
        var problem = await Assert.ThrowsAnyAsync<Exception>(() => ServiceUnderTest.StartAsync(Endpoint("https://0.0.0.0:0", pem, key)));
        Assert.Contains("is reached from other machines", problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Two_ways_to_say_where_to_listen_contradict_each_other()
    {
        var problem = await Assert.ThrowsAnyAsync<Exception>(() => ServiceUnderTest.StartAsync([(":Kestrel:Endpoints:Main:Url", "http://127.0.0.1:0")], urls: "http://127.0.0.1:0"));
        Assert.Contains("say it in one of them", problem.Message, StringComparison.Ordinal);
    }

    private static (string Name, string Value)[] Endpoint(string url, string pem, string key) =>
        [(":Kestrel:Endpoints:Main:Url", url), (":Kestrel:Endpoints:Main:Certificate:Path", pem), (":Kestrel:Endpoints:Main:Certificate:KeyPath", key)];

    private async Task<(string Pem, string Key, string Thumbprint)> CertificateAsync()
    {
        using var own = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=localhost", own, HashAlgorithmName.SHA256);
        using var certificate = request.CreateSelfSigned(DateTimeOffset.UnixEpoch.AddYears(50), DateTimeOffset.UnixEpoch.AddYears(100));
        var (pem, key) = (Path.Combine(_folder.FullName, "own.pem"), Path.Combine(_folder.FullName, "own.key"));
        await File.WriteAllTextAsync(pem, certificate.ExportCertificatePem(), Token);
        await File.WriteAllTextAsync(key, own.ExportPkcs8PrivateKeyPem(), Token);
        return (pem, key, certificate.Thumbprint);
    }
}
