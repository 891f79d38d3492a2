using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace LlmTelemetry.CostExporter;

/// <summary>Decides whether a server's certificate is trusted, by the system's authorities or by those of a file, and says why it is not.</summary>
internal sealed class RedisTrust
{
    private readonly X509Certificate2Collection? _authorities;

    /// <param name="caFile">A PEM file; null: the system's authorities.</param>
    /// <exception cref="FormatException">It is none, or cannot be read.</exception>
    public RedisTrust(string? caFile) => _authorities = caFile is null ? null : Read(caFile);

    /// <summary>Why the last certificate was refused, and what would be right; null: none was.</summary>
    public string? Refusal { get; private set; }

    /// <summary>Whether the connection may go on.</summary>
    public bool Accept(object? sender, X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors)
    {
        var trusted = _authorities is not null && certificate is not null
            ? IsSignedByOurs(new X509Certificate2(certificate), chain)
            : (errors & SslPolicyErrors.RemoteCertificateChainErrors) == 0;
        Refusal = Reason(certificate, trusted, errors);
        return Refusal is null;
    }

    private string? Reason(X509Certificate? certificate, bool trusted, SslPolicyErrors errors)
    {
        if (certificate is null || (errors & SslPolicyErrors.RemoteCertificateNotAvailable) != 0)
        {
            return "it shows no certificate.";
        }

        if (!trusted)
        {
            return $"its certificate ({certificate.Subject}, signed by {certificate.Issuer}) is not trusted here. " + (_authorities is null
                ? "Add the authority that signed it to those the system trusts, or name its PEM file in the address: rediss://HOST:PORT?ca=FILE."
                : "The file that the address names (ca=) holds no authority that signed it, or it has expired.");
        }

        return (errors & SslPolicyErrors.RemoteCertificateNameMismatch) != 0
            ? $"its certificate is not for the host of the address, but for {Names(new X509Certificate2(certificate))}. Write the address with that name."
            : null;
    }

    private bool IsSignedByOurs(X509Certificate2 certificate, X509Chain? sent)
    {
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.AddRange(_authorities!);

        // A private authority seldom has a place to ask for what it revoked.
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.ApplicationPolicy.Add(new Oid("1.3.6.1.5.5.7.3.1", "Server Authentication"));
        foreach (var element in sent?.ChainElements ?? Enumerable.Empty<X509ChainElement>())
        {
            chain.ChainPolicy.ExtraStore.Add(element.Certificate);
        }

        return chain.Build(certificate);
    }

    private static string Names(X509Certificate2 certificate)
    {
        var names = certificate.Extensions.OfType<X509SubjectAlternativeNameExtension>()
            .SelectMany(names => names.EnumerateDnsNames().Concat(names.EnumerateIPAddresses().Select(address => address.ToString())))
            .ToArray();
        return names.Length == 0 ? certificate.Subject : string.Join(", ", names);
    }

    private static X509Certificate2Collection Read(string file)
    {
        var authorities = new X509Certificate2Collection();
        try
        {
            authorities.ImportFromPemFile(file);
        }
        catch (Exception cause) when (cause is IOException or UnauthorizedAccessException or CryptographicException)
        {
            throw new FormatException($"The store's address names '{file}' as its ca, which cannot be read as a PEM file: {cause.Message}", cause);
        }

        return authorities.Count > 0 ? authorities : throw new FormatException($"The store's address names '{file}' as its ca, but there is no certificate in it: it must be a PEM file (-----BEGIN CERTIFICATE-----).");
    }
}
